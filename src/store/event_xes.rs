//! An event log as XES 1.0 (IEEE 1849), in which the events stand by case.

use crate::engine::{Event, EventKind};
use crate::results::EventNames;
use std::io::{self, Write};

/// Events by case, which only the end of the simulation can group.
#[derive(Debug, Default)]
pub struct EventXes {
    events: Vec<(u32, Event)>,
    too_many: bool,
}

impl EventXes {
    /// The most events: some 200 MB of memory, and a file of more than a gigabyte.
    pub const MOST: usize = 2_000_000;

    /// Adds the next event, if there is room for it.
    pub fn add(&mut self, event: &Event) {
        if self.events.len() == Self::MOST {
            self.too_many = true;
        } else {
            self.events.push((self.events.len() as u32, *event));
        }
    }

    /// Whether there were more than [`Self::MOST`].
    pub fn is_too_many(&self) -> bool {
        self.too_many
    }

    /// The number of events.
    pub fn events(&self) -> u64 {
        self.events.len() as u64
    }

    /// Writes the log, the cases in the order of their first events.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(mut self, names: &EventNames<'_>, title: &str, out: &mut impl Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())?;
        string(out, 1, "concept:name", title)?;
        string(out, 1, "lifecycle:model", "standard")?;
        self.events.sort_unstable_by_key(|&(number, event)| (event.patient, number));
        let mut cases: Vec<&[(u32, Event)]> = self.events.chunk_by(|a, b| a.1.patient == b.1.patient).collect();
        cases.sort_unstable_by_key(|case| case[0].0);
        for case in cases {
            let first = names.row(&case[0].1);
            out.write_all(b"\t<trace>\n")?;
            string(out, 2, "concept:name", &first.case)?;
            string(out, 2, "home_area", first.home_area)?;
            string(out, 2, "home_icb", first.home_icb)?;
            string(out, 2, "service", first.service)?;
            string(out, 2, "class", &first.class)?;
            for (number, event) in case {
                write_event(out, names, *number, event)?;
            }
            out.write_all(b"\t</trace>\n")?;
        }
        out.write_all(b"</log>\n")
    }
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
	<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
	<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
	<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
	<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
	<global scope="trace">
		<string key="concept:name" value=""/>
	</global>
	<global scope="event">
		<string key="concept:name" value=""/>
		<string key="lifecycle:transition" value="complete"/>
		<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
		<string key="org:resource" value=""/>
	</global>
	<classifier name="Activity" keys="concept:name"/>
	<classifier name="Activity and lifecycle" keys="concept:name lifecycle:transition"/>
	<classifier name="Activity and what happened" keys="concept:name what"/>
"#;

fn write_event(out: &mut impl Write, names: &EventNames<'_>, number: u32, event: &Event) -> io::Result<()> {
    let row = names.row(event);
    out.write_all(b"\t\t<event>\n")?;
    string(out, 3, "concept:name", row.activity)?;
    string(out, 3, "lifecycle:transition", transition(event.kind))?;
    // XES wants an offset; simulated time has none, so none is added.
    writeln!(out, "\t\t\t<date key=\"time:timestamp\" value=\"{}+00:00\"/>", row.time)?;
    string(out, 3, "org:resource", row.provider)?;
    string(out, 3, "what", row.what)?;
    string(out, 3, "pool", row.pool)?;
    string(out, 3, "holds", &row.holds)?;
    writeln!(out, "\t\t\t<int key=\"ms\" value=\"{}\"/>", row.ms)?;
    writeln!(out, "\t\t\t<int key=\"event\" value=\"{number}\"/>")?;
    if let Some(lasted) = row.lasted {
        writeln!(out, "\t\t\t<int key=\"lasted_ms\" value=\"{lasted}\"/>")?;
    }
    out.write_all(b"\t\t</event>\n")
}

/// What happened, in the words of the standard's life cycle of an activity.
fn transition(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Listed | EventKind::Referred | EventKind::Asked | EventKind::Returned => "schedule",
        EventKind::Transferred => "reassign",
        EventKind::Waits | EventKind::Blocks => "assign",
        EventKind::Present | EventKind::Starts => "start",
        EventKind::Interrupted | EventKind::Suspended => "suspend",
        EventKind::Resumes => "resume",
        EventKind::Ends => "complete",
        EventKind::Refused | EventKind::Reneged => "withdraw",
        EventKind::Left => "pi_abort",
        EventKind::Vacates | EventKind::Completed => "unknown",
    }
}

fn string(out: &mut impl Write, depth: usize, key: &str, value: &str) -> io::Result<()> {
    let indent = &"\t\t\t"[..depth];
    writeln!(out, "{indent}<string key=\"{key}\" value=\"{}\"/>", escaped(value))
}

/// Text for an attribute in double quotes. What XML cannot hold at all becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' => safe.push_str("&#9;"),
            '\n' => safe.push_str("&#10;"),
            '\r' => safe.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("a <b> & \"c\"\n\u{7}é"), "a &lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}é");
    }
}
