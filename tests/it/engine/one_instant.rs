//! Order at one instant.

use super::cells;
use crate::support::{compile, parse, simulate};

/// Two services whose stays last whole milliseconds, so that many end at the same one, ask for the last place of a third
/// pool that refuses. The place of a stay that ends at an instant is free for whoever asks at it; of two who ask at once the
/// one who joined the earlier stage first gets it. So the slow service never loses against the fast one, and is refused as
/// often as if it were alone.
#[test]
fn of_two_who_ask_at_once_the_first_to_join_wins() {
    let text = r#"
title = "ties"
[run]
horizon = "60 min"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "last"
capacity = 1
when_full = "refuse"
[[demand]]
service = "slow"
home_area = "*"
rate = "20000 per hour"
[[services.slow.stages]]
id = "first"
stay = { deterministic = { value = "0.004 s" } }
next = { last = 1 }
[[services.slow.stages]]
id = "last"
pool = "last"
stay = { deterministic = { value = "0.001 s" } }
"#;
    let fast = r#"
[[demand]]
service = "fast"
home_area = "*"
rate = "20000 per hour"
[[services.fast.stages]]
id = "first"
stay = { deterministic = { value = "0.002 s" } }
next = { last = 1 }
[[services.fast.stages]]
id = "last"
pool = "last"
stay = { deterministic = { value = "0.001 s" } }
"#;
    let (alone, both) = (parse(text), parse(&format!("{text}{fast}")));
    let (first, second) = (compile(&alone), compile(&both));
    let mut against = 0;
    for replication in 0..5 {
        let without = cells(&alone, &first, &simulate(&first, replication).0[0]);
        let with = cells(&both, &second, &simulate(&second, replication).0[0]);
        let last = |service: &str| ["everyone", "P", service, "last"].map(str::to_owned);
        assert_eq!(without[&last("slow")], with[&last("slow")]);
        assert!(without[&last("slow")].refused > 10);
        against += with[&last("fast")].refused;
    }
    assert!(against > 500, "{against}");
}
