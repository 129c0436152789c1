//! Files that are cut, changed or made to hurt: a clear error or a model, never a panic.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::{points, stored};

/// A file for each reader.
const FILES: [&str; 8] = [
    "xgboost_loans.json.model",
    "xgboost_german.ubj.model",
    "lightgbm_german.txt.model",
    "catboost_loans.onnx.model",
    "boosted_german.onnx.model",
    "linear_german.onnx.model",
    "points.csv",
    "points.toml",
];

fn bytes_of(file: &str) -> Vec<u8> {
    let sample = points::SAMPLES.iter().find(|(name, _)| *name == file);
    sample.map_or_else(|| stored(file), |(_, text)| text.as_bytes().to_vec())
}

#[test]
fn a_file_that_is_cut_at_any_byte_is_refused_or_whole() {
    for file in FILES {
        let bytes = bytes_of(file);
        let whole = andon_import::read(&bytes, file, None).unwrap();
        // Every byte at the start and the end, and every 53rd between.
        let is_tried = |at: &usize| *at < 200 || *at + 200 > bytes.len() || at.is_multiple_of(53);
        for at in (0..bytes.len()).filter(is_tried) {
            match andon_import::read(&bytes[..at], file, None) {
                Err(error) => assert!(error.to_string().starts_with(file), "{error}"),
                // A table that ends sooner is a table.
                Ok(_) if file.starts_with("points") => {}
                // Behind the last tree of a text stand the parameters of the training, which no answer depends on.
                Ok(cut) => assert_eq!(cut.forest, whole.forest, "{file} cut at byte {at} became another model"),
            }
        }
    }
}

#[test]
fn nesting_and_lengths_without_end_are_refused() {
    let deep = |open: &[u8], count: usize| open.repeat(count);
    let mut lying = b"{L\0\0\0\0\0\0\0\x01a[$U#L".to_vec();
    lying.extend([0x7f; 8]);
    let files = [
        deep(b"{\"a\":", 100_000),
        deep(b"{i\x01a", 100_000),
        lying,
        b"{i\x01a[#L\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ];
    for bytes in files {
        let error = andon_import::read(&bytes, "model", None).unwrap_err();
        assert!(error.to_string().starts_with("model, "), "{error}");
    }
    let text = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=18446744073709551615\n\
                objective=binary\nfeature_names=a\nfeature_infos=[0:1]\ntree_sizes=1\n\nTree=0\n\
                num_leaves=18446744073709551615\nnum_cat=0\nleaf_value=1\nend of trees\n";
    for text in [text.to_owned(), text.replacen("18446744073709551615", "0", 1)] {
        assert!(andon_import::read(text.as_bytes(), "model.txt", None).is_err());
    }
}

/// Each error of a small change names the place.
#[test]
fn an_error_names_the_place() {
    let text = String::from_utf8(stored("lightgbm_german.txt.model")).unwrap();
    let cases = [
        ("objective=binary", "objective=poisson", "model.txt, objective: `poisson"),
        ("version=v4", "version=v9", "model.txt, version: it is of format v9"),
        ("num_class=1", "num_class=3", "model.txt, num_class: it has 3 classes"),
        ("left_child=1", "left_child=0", ", node 0: two ways lead to it"),
        ("left_child=1", "left_child=9999", ", node 9999: a split leads to it"),
        ("left_child=1", "left_child=x", "`left_child` cannot hold `x`"),
        ("Tree=1", "Tree=2", "tree 1 is due here"),
        ("end of trees", "", "it lacks the line `end of trees`"),
    ];
    for (good, bad, expected) in cases {
        assert!(text.contains(good));
        let error = andon_import::read(text.replacen(good, bad, 1).as_bytes(), "model.txt", None).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let json = String::from_utf8(stored("xgboost_loans.json.model")).unwrap();
    let start = json.find("\"base_score\":").unwrap();
    let base = &json[start..start + json[start..].find(',').unwrap()];
    let model = andon_import::read(json.as_bytes(), "m", None).unwrap();
    let number = base.trim_start_matches("\"base_score\":\"[").trim_end_matches("]\"");
    for form in [format!("\"{number}\""), number.to_owned(), format!("[{number}]")] {
        let json = json.replacen(base, &format!("\"base_score\":{form}"), 1);
        assert_eq!(andon_import::read(json.as_bytes(), "m", None).unwrap().forest, model.forest, "{form}");
    }
    for (good, bad, expected) in [
        (base, "\"base_score\":\"7\"", "m, base_score: it is no probability"),
        ("binary:logistic", "multi:softprob", "m, objective: `multi:softprob`"),
        ("\"gbtree\"", "\"dart\"", "m, gradient_booster: its booster `dart`"),
    ] {
        assert!(json.contains(good));
        let error = andon_import::read(json.replacen(good, bad, 1).as_bytes(), "m", None).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

/// A few bytes ask for the same many categories again and again.
#[test]
fn what_a_file_asks_for_is_bounded() {
    let splits = 4_000;
    let of = |value: &str, count: usize| vec![value; count].join(" ");
    let text = format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=binary\n\
         feature_names=a\nfeature_infos=0:1\ntree_sizes=1\n\nTree=0\nnum_leaves={}\nnum_cat=1\nsplit_feature={}\n\
         threshold={}\ndecision_type={}\nleft_child={}\nright_child={}\nleaf_value={}\nleaf_count={}\n\
         cat_boundaries=0 2000\ncat_threshold={}\nend of trees\n",
        splits + 1,
        of("0", splits),
        of("0", splits),
        of("1", splits),
        of("-1", splits),
        of("-1", splits),
        of("0.1", splits + 1),
        of("1", splits + 1),
        of("4294967295", 2_000),
    );
    let error = andon_import::read(text.as_bytes(), "model.txt", None).unwrap_err().to_string();
    assert!(error.contains("model.txt, tree 0, node 262: with it, more than 16777216 categories"), "{error}");
    let json = String::from_utf8(stored("xgboost_loans.json.model")).unwrap();
    for (good, bad, expected) in [
        ("\"num_feature\":\"16\"", "\"num_feature\":\"100000000\"", "m, feature_names: 16 names for 100000000"),
        ("\"left_children\":[1,", "\"left_children\":[0,", "m, tree 0, node 0: two ways lead to it"),
        ("\"split_conditions\":[", "\"split_conditions\":[0.5,", "m, tree 0: its arrays differ in length"),
        ("\"split_conditions\":[1E0", "\"split_conditions\":[1E39", "m, line 1, column 1333: number out of range"),
    ] {
        assert!(json.contains(good), "{good}");
        let error = andon_import::read(json.replace(good, bad).as_bytes(), "m", None).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

/// Numbers that files are not expected to hold, as text and as bytes.
const NUMBERS: [&str; 12] = [
    "-1",
    "0",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "1e39",
    "-1e300",
    "1e999",
    "nan",
    "0.5",
];

/// The places of the numbers in a text.
fn numbers_of(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let mut found = Vec::new();
    let mut at = 0;
    for part in bytes.split(|byte| !is_of_number(byte)) {
        if part.iter().any(u8::is_ascii_digit) {
            found.push(at..at + part.len());
        }
        at += part.len() + 1;
    }
    found
}

/// One number of a file replaced: in a text one that is written, in binary one of four or eight bytes.
fn with_number(bytes: &mut Vec<u8>, at: prop::sample::Index, number: &str) {
    let is_text = std::str::from_utf8(bytes).is_ok();
    let numbers = if is_text { numbers_of(bytes) } else { Vec::new() };
    if numbers.is_empty() {
        let start = at.index(bytes.len());
        let double: f64 = number.parse().unwrap();
        let raw: &[u8] = match number.len() % 3 {
            0 => &double.to_le_bytes(),
            1 => &(double as f32).to_le_bytes(),
            _ => &(double as i64).to_be_bytes(),
        };
        let end = bytes.len().min(start + raw.len());
        bytes[start..end].copy_from_slice(&raw[..end - start]);
    } else {
        drop(bytes.splice(numbers[at.index(numbers.len())].clone(), number.bytes()));
    }
}

/// What must hold of any bytes whatever: an error with the name of the file, or a model that answers.
fn read_or_refused(bytes: &[u8], file: &str) -> Result<(), TestCaseError> {
    match andon_import::read(bytes, file, None) {
        Err(error) => prop_assert!(error.to_string().starts_with(file), "{error}"),
        Ok(model) => {
            let row = vec![1.0; model.features.len()];
            prop_assert!(!model.forest.score(&row).is_infinite());
            // The most that explains a model without a row.
            prop_assert_eq!(andon::model::attribution::Attributor::new(&model.forest).moved(&row).len(), row.len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_number_and_no_repetition_makes_it_panic(
        file in prop::sample::select(FILES.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop::sample::select(NUMBERS.to_vec())), 1..4),
        piece in proptest::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_usize..60)),
        nested in proptest::option::of((any::<prop::sample::Index>(), prop::sample::select(vec!["[", "{\"a\":", "{", "{U\x01a"]))),
    ) {
        let mut bytes = bytes_of(file);
        for (at, number) in changes {
            with_number(&mut bytes, at, number);
        }
        if let Some((from, length, times)) = piece {
            let from = from.index(bytes.len());
            let piece = bytes[from..bytes.len().min(from + 1 + length.index(200))].repeat(times);
            drop(bytes.splice(from..from, piece));
        }
        if let Some((at, open)) = nested {
            let at = at.index(bytes.len());
            drop(bytes.splice(at..at, open.repeat(1_000).bytes()));
        }
        read_or_refused(&bytes, file)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_change_of_bytes_makes_it_panic(
        file in prop::sample::select(FILES.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = bytes_of(file);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        read_or_refused(&bytes, file)?;
    }
}
