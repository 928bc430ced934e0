use super::*;
use crate::results::tests::example;
use std::collections::BTreeMap;

fn contents(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn a_folder_is_whole_and_the_same_each_time() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("results/example");
    write_folder(&target, &example(), None).unwrap();
    let first = contents(&target);
    let manifest: serde_json::Value = serde_json::from_str(&first[MANIFEST]).unwrap();
    let tables: Vec<String> =
        manifest["tables"].as_array().unwrap().iter().map(|table| format!("{}.csv", table.as_str().unwrap())).collect();
    assert_eq!(first.len(), tables.len() + 1);
    assert!(tables.iter().all(|table| first.contains_key(table)));
    assert!(first["commissioners.csv"].starts_with("option,period,commissioner,metric,unit,mean,ci_low,ci_high,sd,p05,p50,p95,replications\nsingle-icb,all,I0,spells,spells,"));
    assert!(first.values().all(|text| !text.contains('\r') && !text.contains(place.path().to_str().unwrap())));
    // Again over itself: the same bytes, and nothing beside it.
    write_folder(&target, &example(), None).unwrap();
    assert_eq!(contents(&target), first);
    assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_is_not_ours_stays() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("thesis");
    fs::create_dir(&target).unwrap();
    fs::write(target.join(MANIFEST), "{\"name\": \"something else\"}").unwrap();
    let error = write_folder(&target, &example(), None).unwrap_err();
    assert!(error.to_string().contains("holds no tierflow manifest") && error.to_string().contains("--out"));
    assert_eq!(contents(&target).len(), 1);
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(write_folder(&file, &example(), None), Err(StoreError::NotOurs(_))));
    assert!(matches!(write_folder(&file.join("below"), &example(), None), Err(StoreError::Io { .. })));
    assert!(matches!(write_folder(Path::new("/"), &example(), None), Err(StoreError::NoName(_))));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
}

#[test]
fn an_empty_folder_is_filled() {
    let place = tempfile::tempdir().unwrap();
    write_folder(place.path(), &example(), None).unwrap();
    assert!(place.path().join(MANIFEST).exists());
}

/// `docs/results.md` is what the catalogue says; `TIERFLOW_BLESS=1` writes it.
#[test]
fn results_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results.md");
    let current = crate::results::markdown();
    if std::env::var_os("TIERFLOW_BLESS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "run: TIERFLOW_BLESS=1 cargo test --release results_reference"
    );
}

#[test]
fn json_has_the_columns_as_keys() {
    let results = example();
    let text = crate::store::table_json(results.sheet("commissioners").unwrap());
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(rows[0]["commissioner"], "I0");
    assert!(rows[0]["mean"].as_f64().unwrap() > 0.0 && rows[0]["p05"].is_null());
}
