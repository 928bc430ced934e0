//! `tierflow sites`: flows, travel and loads when sites change, the best of them, and the scenario that is written.

use crate::calibrate::map;
use crate::program::{done, refused, table};
use crate::support::{root, tierflow};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The map with its choice model: fitted, so that it has one.
fn fitted() -> TempDir {
    let folder = map(|text| text);
    done(folder.path(), &["calibrate", "map.toml", "--out", "fitted", "-q"]);
    folder
}

const SITES: [&str; 4] = ["sites", "fitted", "--service", "stroke"];

/// One number of the table `sites`.
fn number(folder: &Path, set: &str, metric: &str) -> f64 {
    let rows = table(folder, "sites");
    let row = rows.iter().find(|row| row[0] == set && row[1] == metric);
    row.unwrap_or_else(|| panic!("{rows:?}"))[3].parse().unwrap()
}

fn patients(folder: &Path, set: &str) -> BTreeMap<String, f64> {
    let rows = table(folder, "site_loads").into_iter();
    rows.filter(|row| row[0] == set).map(|row| (row[1].clone(), row[2].parse().unwrap())).collect()
}

/// A closed site's patients go to the others, home area by home area in proportion to these; the written scenario has those flows.
#[test]
fn a_closed_site_shares_its_patients_out_and_the_scenario_agrees() {
    let folder = fitted();
    let path = folder.path();
    let text = done(path, &[&SITES[..], &["--close", "P1", "--limit", "60", "--out", "closed"]].concat());
    assert!(
        text.contains("Travel by need of the home area") && text.contains("Home areas whose patients travel"),
        "{text}"
    );
    let out = path.join("closed");
    done(path, &["check", "closed"]);
    let run = |scenario: &str| -> BTreeMap<(String, String), f64> {
        done(path, &["run", scenario, "--replications", "1", "--out", "run", "-q"]);
        let rows = table(&path.join("run"), "expected").into_iter();
        let referrals = rows.filter(|row| row[7] == "referrals_per_year" && row[4] == "stroke");
        referrals.map(|row| ((row[2].clone(), row[3].clone()), row[9].parse().unwrap())).collect()
    };
    let (before, after) = (run("fitted"), run("closed"));
    assert!(after.keys().all(|key| key.1 != "P1"));
    for area in (0..6).map(|i| format!("A{i}")) {
        let of = |flows: &BTreeMap<(String, String), f64>, provider: &str| flows[&(area.clone(), provider.to_owned())];
        let all: f64 = (0..4).map(|j| of(&before, &format!("P{j}"))).sum();
        let share = 1.0 - of(&before, "P1") / all;
        for provider in ["P0", "P2", "P3"] {
            assert!((of(&after, provider) - of(&before, provider) / share).abs() < 1e-5 * all);
        }
    }
    let predicted = patients(&out, "changed");
    for (provider, patients) in &predicted {
        let simulated: f64 = after.iter().filter(|(key, _)| key.1 == *provider).map(|one| one.1).sum();
        assert!((simulated / patients - 1.0).abs() < 1e-6);
    }
    // Loads are those of the traffic equations, and travel adds up from home areas.
    let loads = table(&path.join("run"), "expected");
    let load = loads.iter().find(|row| row[3] == "P3" && row[7] == "offered_load").unwrap()[9].parse::<f64>().unwrap();
    let stated = table(&out, "site_loads");
    let row = stated.iter().find(|row| row[0] == "changed" && row[1] == "P3").unwrap();
    assert!((row[6].parse::<f64>().unwrap() / load - 1.0).abs() < 1e-6);
    assert!((row[7].parse::<f64>().unwrap() / (load / 70.0) - 1.0).abs() < 1e-6);
    let areas = table(&out, "site_areas");
    let of = |column: usize, row: &Vec<String>| row[column].parse::<f64>().unwrap();
    let (mut travelled, mut all) = (0.0, 0.0);
    for row in areas.iter().filter(|row| row[0] == "changed") {
        travelled += of(3, row) * of(4, row);
        all += of(3, row);
    }
    assert!((travelled / all / number(&out, "changed", "mean_travel") - 1.0).abs() < 1e-9);
    assert!(number(&out, "now", "over_limit_share") > 0.0);
}

/// A moved service takes its attraction and its places along; an opened one has the mean of the others, unless it is stated.
#[test]
fn services_move_and_open() {
    let folder = fitted();
    let path = folder.path();
    done(path, &[&SITES[..], &["--move", "P1:P4", "--out", "moved", "-q"]].concat());
    done(path, &["check", "moved"]);
    let cell = |folder: &str, name: &str, provider: &str, column: &str| {
        let rows = table(&path.join(folder), name);
        let at = rows[0].iter().position(|one| one == column).unwrap();
        let of =
            |row: &&Vec<String>| row.iter().any(|cell| cell == provider) && (name != "provides" || row[0] == "stroke");
        rows[1..].iter().find(of).map(|row| row[at].clone())
    };
    let attraction = |folder: &str, provider: &str| cell(folder, "provides", provider, "attraction");
    assert_eq!(attraction("moved", "P4"), attraction("fitted", "P1"));
    assert_eq!(attraction("moved", "P1"), None);
    // 50 places of P1 beside its own 80.
    assert_eq!(cell("moved", "pools", "P4", "capacity").as_deref(), Some("130"));
    let text = done(path, &[&SITES[..], &["--open", "P4", "--out", "opened"]].concat());
    assert!(text.contains("geometric mean") && text.contains("--open P4=X"), "{text}");
    let mean: f64 =
        (0..4).map(|j| attraction("fitted", &format!("P{j}")).unwrap().parse::<f64>().unwrap().ln()).sum::<f64>();
    let opened: f64 = attraction("opened", "P4").unwrap().parse().unwrap();
    assert!((opened.ln() - mean / 4.0).abs() < 1e-6);
    assert!(
        number(&path.join("opened"), "changed", "nearest_travel")
            <= number(&path.join("opened"), "now", "nearest_travel")
    );
    done(path, &[&SITES[..], &["--open", "P4=0.25", "--close", "P0", "--out", "opened", "-q"]].concat());
    assert_eq!(attraction("opened", "P4").as_deref(), Some("0.25"));
    done(path, &["run", "opened", "--replications", "1", "--out", "run", "-q"]);
}

/// The best of all sets, by hand: each set as a command of its own.
#[test]
fn the_best_sites_are_the_best_of_all_sets() {
    let folder = fitted();
    let path = folder.path();
    done(path, &[&SITES[..], &["--open", "P4", "--keep", "2", "--out", "best", "-q"]].concat());
    let best = number(&path.join("best"), "best", "mean_travel");
    assert_eq!(number(&path.join("best"), "best", "bound"), best);
    let mut least = f64::INFINITY;
    for a in 0..5 {
        for b in a + 1..5 {
            let closed: Vec<String> = (0..4).filter(|j| *j != a && *j != b).map(|j| format!("P{j}")).collect();
            let mut args = [&SITES[..], &["--out", "one", "-q"]].concat();
            // The attraction that an opened site has in the search.
            let closed = closed.join(",");
            args.extend(["--close", &closed]);
            if b == 4 {
                args.extend(["--open", "P4"]);
            }
            done(path, &args);
            least = least.min(number(&path.join("one"), "changed", "mean_travel"));
        }
    }
    assert!((best / least - 1.0).abs() < 1e-9, "{best} {least}");
    let text = done(path, &[&SITES[..], &["--keep", "2", "--require", "P2"]].concat());
    assert!(text.contains("All 3 sets were looked at"), "{text}");
}

/// Minimum volumes and loads leave sets out; what nothing meets ends with 1 and is said.
#[test]
fn what_is_asked_is_met_or_said() {
    let folder = fitted();
    let path = folder.path();
    done(path, &[&SITES[..], &["--keep", "3", "--max-load", "100%", "--out", "best", "-q"]].concat());
    assert_eq!(number(&path.join("best"), "best", "shortfall"), 0.0);
    assert!(
        table(&path.join("best"), "site_loads")
            .iter()
            .filter(|row| row[0] == "best")
            .all(|row| row[7].parse::<f64>().unwrap() <= 1.0)
    );
    let said = |args: &[&str]| {
        let output = tierflow(path).args([&SITES[..], args].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = said(&["--keep", "4", "--minimum", "5000"]);
    assert!(
        text.contains("Missed: at least 5,000 patients a year: 4 of 4 sites.") && text.contains("misses least"),
        "{text}"
    );
    let text = said(&["--keep", "3", "--limit", "1", "--within", "90%"]);
    assert!(
        text.contains("no set of these sites has 90.0 % of the patients within 1 km") && text.contains("Raise --limit"),
        "{text}"
    );
    assert!(
        said(&["--close", "P0,P1,P3", "--max-load", "90%"]).contains("Missed: a load of at most 90.0 %: 1 of 1 sites.")
    );
}

#[test]
fn what_cannot_change_is_refused_with_its_cure() {
    let folder = fitted();
    let path = folder.path();
    let says = |args: &[&str], words: &[&str]| {
        let said = refused(path, &[&SITES[..], args].concat(), 2);
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
    };
    says(
        &["--close", "XX,P4"],
        &[
            "--close XX: there is no site of stroke called `XX`. There are: P0, P1, P2, P3.",
            "P4 does not treat stroke; its sites are P2 (60 km), P3 (",
        ],
    );
    says(&["--open", "P1", "--move", "P2"], &["P1 treats stroke already", "--move P2: write the old and the new"]);
    says(
        &["--move", "P4:P9", "--move", "P1:P0"],
        &["P4 does not treat stroke", "no provider `P9`", "P0 treats stroke"],
    );
    says(&["--open", "P4=-1"], &["an attraction is a number above 0"]);
    says(&["--close", "P0,P1,P2,P3"], &["nobody would treat stroke any more"]);
    says(&["--keep", "9"], &["--keep 9 is more than the 4 sites"]);
    says(&["--keep", "1", "--require", "P1,P2"], &["fewer than the 2 sites"]);
    says(&["--keep", "2", "--close", "P1", "--require", "P1"], &["no site that --keep chooses from called `P1`"]);
    says(&["--within", "90%"], &["--limit"]);
    let said = refused(path, &["sites", "fitted", "--service", "stork"], 2);
    assert!(said.contains("Did you mean stroke?"), "{said}");
    let said = refused(path, &["sites", "map.toml", "--service", "stroke", "--close", "P1"], 3);
    assert!(said.contains("tierflow calibrate map.toml --services stroke"), "{said}");
}

/// Hospitals have names, too, in any case and in part; a part that several have is answered with these.
#[test]
fn sites_are_called_by_name() {
    let names = ["North Star", "South Star", "West Park", "East, Old and New", "North Gate"];
    let folder = map(|text| {
        let services = text.replace("[services.stroke]\n", "[services.stroke]\nname = \"Hyper-acute stroke\"\n");
        (0..5).fold(services, |text, i| {
            let id = format!("[[providers]]\nid = \"P{i}\"\n");
            text.replace(&id, &format!("{id}name = \"{} NHS Trust\"\n", names[i]))
        })
    });
    let path = folder.path();
    done(path, &["calibrate", "map.toml", "--services", "hyper-ACUTE", "--out", "fitted", "-q"]);
    let without = |args: &[&str]| {
        let text = done(path, &[&["sites", "fitted", "--service", "Stroke", "--table", "sites"], args].concat());
        let line = text.lines().find(|line| line.starts_with("changed")).unwrap().to_owned();
        line.split_whitespace().filter(|word| word.starts_with('P')).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(without(&["--close", "south star,p2"]), "P1 P2");
    // The comma of a name is none between names.
    assert_eq!(without(&["--close", "East, Old and New"]), "P3");
    // Only one of the two with "north" treats strokes, and only one can begin to.
    assert_eq!(without(&["--close", "north", "--open", "north gate=1"]), "P0");
    assert_eq!(without(&["--move", "west:GATE"]), "P2");
    let said = refused(path, &[&SITES[..], &["--close", "star"]].concat(), 2);
    assert!(
        said.contains("`star` fits several sites of stroke: P0 North Star, P1 South Star. Give the code"),
        "{said}"
    );
    let said = refused(path, &[&SITES[..], &["--close", "Norht Star"]].concat(), 2);
    assert!(said.contains("Did you mean P0 North Star"), "{said}");
}

/// The verdict comes first, says what is new against today, and how full sites are whether it is asked or not.
#[test]
fn the_verdict_says_what_is_new_and_how_full_sites_are() {
    let folder = fitted();
    let path = folder.path();
    let shown = |args: &[&str]| {
        let output = tierflow(path).env("COLUMNS", "400").args([&SITES[..], args].concat()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    // Places 40 to 70 and a stay of five days: P1 with most patients closes, and others have too many.
    let (code, text) = shown(&["--close", "P1,P3", "--out", "closed"]);
    let loads: Vec<f64> = table(&path.join("closed"), "site_loads")
        .iter()
        .filter(|row| row[0] == "changed")
        .map(|row| row[7].parse().unwrap())
        .collect();
    let over = loads.iter().filter(|load| **load > 1.0).count();
    let worst = loads.iter().copied().fold(0.0, f64::max);
    assert_eq!(number(&path.join("closed"), "changed", "overfull_sites"), over as f64);
    assert_eq!(number(&path.join("closed"), "changed", "largest_load"), worst);
    assert!(code == 0 && !text.contains("Meets") && !text.contains("What is asked"), "{text}");
    let second = text.lines().nth(1).unwrap();
    assert!(second.starts_with(&format!("Sites over 100 % of their places: {over} of 2, the fullest P")), "{text}");
    assert!(second.contains(&format!("at {:.1} %", 100.0 * worst)) && second.contains("Today: "), "{text}");
    let most = format!("{}", 0.5 * (worst + loads.iter().copied().fold(f64::INFINITY, f64::min)));
    let (code, text) = shown(&["--close", "P1,P3", "--max-load", &most, "--minimum", "1"]);
    assert!(code == 1 && text.lines().nth(1) == Some("What is asked is not met."), "{text}");
    assert!(text.contains("1 of 2 sites. All are new against today: P") && text.contains("Meets"), "{text}");
    assert!(text.contains("- Met: at least 1 patients a year."), "{text}");
    // What today's sites miss is not new.
    let (code, text) = shown(&["--close", "P3", "--minimum", "100000"]);
    assert!(code == 1 && text.contains("3 of 3 sites. None is new against today; the worst: P"), "{text}");
}

/// What is changed by `--set` is in the answer, and in the scenario that is written, without being said again.
#[test]
fn overrides_are_a_layer_of_the_written_scenario() {
    let folder = map(|text| text);
    let path = folder.path();
    fs::create_dir(path.join("more")).unwrap();
    fs::write(path.join("more/travel.csv"), "home_area,provider,km\nA0,P0,1\n").unwrap();
    let set =
        ["--set", "factors.demand=2", "--set", "run.seed=1", "--set", "run.seed=7", "--set", "travel=more/travel.csv"];
    let referrals = |folder: &str| -> f64 {
        done(path, &["run", folder, "--replications", "1", "--out", "run", "-q"]);
        let rows = table(&path.join("run"), "expected").into_iter();
        let stroke = rows.filter(|row| row[7] == "referrals_per_year" && row[4] == "stroke");
        stroke.map(|row| row[9].parse::<f64>().unwrap()).sum()
    };
    let before = referrals("map.toml");
    let args = [&["calibrate", "map.toml", "--out", "deep/fitted", "-q"][..], &set[..]].concat();
    done(path, &args);
    let written = fs::read_to_string(path.join("deep/fitted/settings.toml")).unwrap();
    assert!(written.contains("extends = \"../../map.toml\"") && written.contains("\"seed\" = 7"), "{written}");
    assert!(written.contains("\"travel\" = \"../../more/travel.csv\""), "{written}");
    assert!((referrals("deep/fitted") / before - 2.0).abs() < 1e-6);
    // Once more in its place, and a layer on the layer.
    done(path, &args);
    let sites = ["sites", "deep/fitted", "--service", "stroke", "--close", "P1", "--out", "closed", "-q"];
    done(path, &[&sites[..], &["--set", "factors.demand=3"]].concat());
    assert!((referrals("closed") / before - 3.0).abs() < 1e-6);
    let moved = [&sites[..4], &["--move", "P1:P4", "--out", "moved", "-q", "--set", "factors.capacity=2"]].concat();
    done(path, &moved);
    // Factors hold in what is written, so it has the places as planned: 50 of P1 beside 80.
    let pools = table(&path.join("moved"), "pools");
    assert!(
        pools.iter().any(|row| row.iter().any(|cell| cell == "P4") && row.iter().any(|cell| cell == "130")),
        "{pools:?}"
    );
    let said = refused(path, &[&sites[..], &["--set", "factors.demandd=3"]].concat(), 3);
    assert!(said.contains("factors.demandd=3"), "{said}");
    let said = refused(path, &[&sites[..], &["--option", "none"]].concat(), 2);
    assert!(said.contains("no tiering option `none`"), "{said}");
}

/// Many sites: the search says how far from the best it may be, and its tables fit the terminal.
#[test]
fn england_in_the_terminal_at_80_and_140_columns() {
    for (width, service, keep) in [(80, "vascular-surgery", "25"), (140, "adult-cardiac-surgery", "23")] {
        let args = [
            "sites",
            "scenarios/england",
            "--service",
            service,
            "--keep",
            keep,
            "--objective",
            "nearest",
            "--limit",
            "60",
        ];
        let output = tierflow(root()).env("COLUMNS", width.to_string()).args(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("sets looked at") || text.contains("sets were looked at"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        // The pool is named once, and only sites that change have a row.
        assert_eq!(text.matches(&format!("pool {}", service.trim_start_matches("adult-"))).count(), 1, "{text}");
        // What has no row is counted.
        let left_out = if service == "vascular-surgery" { "29 sites close" } else { "change by less than 1 %" };
        assert!(text.contains(left_out), "{text}");
        if service == "vascular-surgery" {
            // The bound of the p-median is reached here.
            assert!(text.contains("so none is better") && !text.contains("0.0 % less"), "{text}");
        }
        let all = tierflow(root()).args(args).args(["--table", "site_loads", "--format", "csv"]).output().unwrap();
        let best = String::from_utf8(all.stdout).unwrap();
        assert_eq!(best.lines().filter(|line| line.starts_with("best,")).count(), keep.parse::<usize>().unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sites");
    let args = ["sites", "scenarios/england", "--service", "adult-cardiac-surgery", "--close", "RJ1", "--out"];
    done(root(), &[&args[..], &[out.to_str().unwrap(), "-q"]].concat());
    // Those who waited at the closed site wait elsewhere, and nobody is lost.
    let waiting = |path: &Path| -> f64 {
        let text = fs::read(path).unwrap();
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(&*text);
        let rows = reader.deserialize::<BTreeMap<String, String>>().map(|row| row.unwrap());
        rows.map(|row| row["patients"].parse::<f64>().unwrap()).sum()
    };
    assert_eq!(
        waiting(&out.join("waiting_at_start.csv")),
        waiting(&root().join("scenarios/england/waiting_at_start.csv"))
    );
    let json = done(root(), &[&args[..6], &["--format", "json", "-q"]].concat());
    assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().as_array().unwrap().len() > 3);
}
