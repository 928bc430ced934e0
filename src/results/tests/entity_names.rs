//! Whoever looks an id up finds its name.

use super::*;

#[test]
fn every_id_has_a_name() {
    let results = example();
    let kinds = |column: &str| -> &[&str] {
        match column {
            "option" => &["option"],
            "commissioner" | "decider" | "body" | "holder" => &["icb", "footprint", "region", "nation"],
            "icb" | "home_icb" => &["icb"],
            "footprint" => &["footprint"],
            "home_area" => &["home-area"],
            "provider" => &["provider"],
            "service" => &["service"],
            _ => &[],
        }
    };
    let word = |field: &Field<'_>| match field {
        Field::Text(text) => text.to_string(),
        _ => String::new(),
    };
    let rows: Vec<Vec<String>> =
        results.sheet("names").unwrap().rows.map(|row| row.iter().map(word).collect()).collect();
    let names: BTreeMap<(&str, &str), &str> = rows.iter().map(|row| ((&*row[0], &*row[1]), &*row[2])).collect();
    assert_eq!(names.len(), rows.len(), "an id of a kind stands once");
    assert_eq!(names[&("nation", "nhs-england")], "NHS England");
    assert!(names.values().all(|name| !name.is_empty()));
    let mut looked_up = BTreeSet::new();
    for table in results.tables() {
        let sheet = results.sheet(table.name).unwrap();
        let columns: Vec<&str> = sheet.header.clone();
        for row in sheet.rows {
            for (column, field) in columns.iter().zip(&row) {
                let (kinds, id) = (kinds(column), word(field));
                // Of `coverage`, * is all services together.
                if !kinds.is_empty() && !id.is_empty() && id != "*" {
                    let found = kinds.iter().any(|kind| names.contains_key(&(*kind, id.as_str())));
                    assert!(found, "{} {column} {id}", table.name);
                    looked_up.insert(*column);
                }
            }
        }
    }
    assert!(looked_up.len() >= 9, "{looked_up:?}");
}
