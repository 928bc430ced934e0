//! Running text within the width of a terminal.

/// Text broken into lines of at most so many characters, all but the first indented; ends with a line break. A space without
/// break (U+00A0) is kept.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut begun = false;
        for word in paragraph.split_ascii_whitespace() {
            if begun && line.chars().count() + 1 + word.chars().count() > width {
                out += line.trim_end();
                out.push('\n');
                line = format!("{indent}{word}");
            } else {
                if begun {
                    line.push(' ');
                }
                line += word;
            }
            begun = true;
        }
        out += &line;
        out.push('\n');
    }
    out
}

/// A name with hyphens broken behind them into lines of about so many characters, for the head of a column.
pub(super) fn break_name(name: &str, width: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for part in name.split_inclusive(['-', '_']) {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + part.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("- one two three", 9, "  "), "- one two\n  three\n");
        assert_eq!(wrap("", 9, ""), "");
        assert_eq!(break_name("delegated-2025", 10), "delegated-\n2025");
        assert_eq!(break_name("single-icb", 10), "single-icb");
    }
}
