//! Tables of points: both forms, many bins, and tables that are none.

use std::fmt::Write as _;

use andon::data::matrix::MISSING;
use andon::model::attribution::Attributor;

const CSV: &str = "feature,from,to,points\n*,,,-1.5\nincome,,2000,-0.25\nincome,2000,3000,0.125\nincome,3000,,0.5\n\
                   income,missing,,0.0625\nhousing,own,,0.25\nhousing,rent,,-0.125\nhousing,,,0\n";

const TOML: &str = "base = -1.5\n\n[[feature]]\nname = \"income\"\n\
                    bins = [{ below = 2000, points = -0.25 }, { below = 3000, points = 0.125 }]\nothers = 0.5\n\
                    missing = 0.0625\n\n[[feature]]\nname = \"housing\"\n\
                    categories = { own = 0.25, rent = -0.125 }\nothers = 0\n";

/// The forms for other tests.
pub(crate) const SAMPLES: [(&str, &str); 2] = [("points.csv", CSV), ("points.toml", TOML)];

#[test]
fn both_forms_are_the_same_model() {
    let [csv, toml] = SAMPLES.map(|(file, text)| andon_import::read(text.as_bytes(), file, None).unwrap());
    assert_eq!(csv.forest, toml.forest);
    assert_eq!(csv.features, toml.features);
    assert_eq!(csv.features[1].levels, ["own", "rent"]);
    for (income, points) in [(1999.0, -0.25), (2000.0, 0.125), (2999.9, 0.125), (3000.0, 0.5), (MISSING, 0.0625)] {
        for (housing, more) in [(0.0, 0.25), (1.0, -0.125), (2.0, 0.0), (MISSING, 0.0)] {
            assert_eq!(csv.forest.score(&[income, housing]), -1.5 + points + more, "{income} {housing}");
        }
    }
}

/// Bins without end make no deep tree, and what a feature moves are its points less their mean.
#[test]
fn a_table_of_many_bins_is_read_and_explained_exactly() {
    let mut table = "feature,from,to,points\n*,,,0.5\n".to_owned();
    for bin in 0..1_000 {
        let [from, to] = [bin, bin + 1].map(|end| if end % 1_000 == 0 { String::new() } else { end.to_string() });
        writeln!(table, "age,{from},{to},{}", f64::from(bin % 7)).unwrap();
        writeln!(table, "town,town{bin},,{}", f64::from(bin % 5)).unwrap();
    }
    table += "town,,,2\n";
    let model = andon_import::read(table.as_bytes(), "points.csv", None).unwrap();
    let mut rows = andon::data::matrix::Matrix::new(2);
    (0..1_000_i32).for_each(|bin| rows.push(&[f64::from(bin) + 0.5, f64::from(bin)]));
    let forest = model.forest.counting(&rows);
    let attributor = Attributor::new(&forest);
    let mean = |modulus: i32| (0..1_000).map(|bin| f64::from(bin % modulus)).sum::<f64>() / 1_000.0;
    for bin in [0, 1, 499, 500, 998, 999] {
        let row = [f64::from(bin) + 0.5, f64::from(bin)];
        assert_eq!(forest.score(&row), 0.5 + f64::from(bin % 7) + f64::from(bin % 5));
        let moved = attributor.moved(&row);
        let points = [f64::from(bin % 7) - mean(7), f64::from(bin % 5) - mean(5)];
        // A bin without rows, those of missing values and other towns, counts as a millionth of one.
        assert!(moved.iter().zip(points).all(|(a, b)| (a - b).abs() < 1e-6), "{moved:?} {points:?}");
    }
}

#[test]
fn a_table_that_is_none_is_refused_with_its_place() {
    let [(_, csv), (_, toml)] = SAMPLES;
    for (text, good, bad, expected) in [
        (csv, "*,,,-1.5\n", "", "m, table: it has no row `*`"),
        (csv, "*,,,-1.5\n", "*,,,-1.5\n*,,,1\n", "m, line 3: the points that all start with are there twice"),
        (csv, "income,2000,3000", "income,2001,3000", "m, line 4: its start is `2001`; due is `2000`"),
        (csv, ",3000,,0.5", ",3000,,NaN", "m, line 5: its points are `NaN`"),
        (csv, "2000,3000,0.125", "2000,1000,0.125", "m, line 4: its end `1000` is not a number above"),
        (csv, "housing,,,0\n", "", "m, line 7: its feature has no row of all other categories"),
        (csv, "housing,rent", "housing,own", "m, line 8: the row of `own` is there twice"),
        (toml, "base = -1.5", "base = nan", "m, base: it is not a number"),
        (toml, "base = -1.5\n", "", "missing field `base`"),
        (toml, "others = 0.5", "others = inf", "m, feature `income`: its points or ends are not numbers"),
        (toml, "below = 3000", "below = 2000", "m, feature `income`: the ends of its bins do not ascend"),
        (toml, "categories = {", "bins = [{ below = 1, points = 1 }]\ncategories = {", "a feature has either"),
        (toml, "\"housing\"", "\"income\"", "m, feature `income`: it is there twice"),
        (toml, "missing = 0.0625", "mising = 0.0625", "m, line 7: unknown field `mising`"),
    ] {
        assert!(text.contains(good), "{good}");
        let error = andon_import::read(text.replacen(good, bad, 1).as_bytes(), "m", None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
