//! Canonical CSV: UTF-8, comma, LF, quotes only where needed, numbers that read back to the same bits.

use crate::results::{Field, Sheet};
use std::io::{self, Write};

/// Writes a table with its header.
///
/// # Errors
/// Those of the writer.
pub fn write_csv(sheet: Sheet<'_>, out: impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(&sheet.header)?;
    for row in sheet.rows {
        for field in &row {
            match field {
                Field::Text(text) => writer.write_field(text.as_bytes())?,
                Field::Number(value) => writer.write_field(number(*value))?,
                Field::Count(count) => writer.write_field(count.to_string())?,
                Field::Undefined => writer.write_field("NA")?,
                Field::Blank => writer.write_field("")?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// The shortest decimal that reads back to the same number; whole numbers without a point, numbers that are none as NA.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "NA".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short() {
        let written = [1.0, -0.0, 0.1, 1e-7, 123_456_789.25, -2.5e20, f64::NAN].map(number);
        assert_eq!(written, ["1", "0", "0.1", "1e-7", "123456789.25", "-2.5e20", "NA"]);
    }

    proptest! {
        #[test]
        fn numbers_read_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(number(value).parse::<f64>().unwrap(), value);
        }
    }
}
