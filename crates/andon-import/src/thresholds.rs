//! Comparisons of the source libraries as `x < t` on `f64`, for every `x`.
//!
//! A library that works in `f32` rounds `x` first. Rounding never reverses an order, so the numbers that go left are
//! those below one certain `f64`, and that one is found here.

/// The threshold below which exactly the `f64` lie that are at most `threshold`.
pub(crate) fn at_most(threshold: f64) -> f64 {
    threshold.next_up()
}

/// The threshold below which exactly the `f64` lie that are, as `f32`, below `threshold`.
pub(crate) fn single_below(threshold: f32) -> f64 {
    // Rounding changes sides halfway between two neighbours; on the half itself the even one wins.
    let half = f64::midpoint(wide(threshold.next_down()), wide(threshold));
    if half as f32 >= threshold { half } else { half.next_up() }
}

/// The threshold below which exactly the `f64` lie that are, as `f32`, at most `threshold`.
pub(crate) fn single_at_most(threshold: f64) -> f64 {
    let nearest = threshold as f32;
    let largest = if f64::from(nearest) > threshold { nearest.next_down() } else { nearest };
    single_below(largest.next_up())
}

/// An `f32` as `f64`. Numbers round to infinity as if the next power of two were there.
fn wide(number: f32) -> f64 {
    const END: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
    f64::from(number).clamp(-END, END)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers at which comparisons go wrong.
    fn edges() -> Vec<f32> {
        let tiny = f32::from_bits(1);
        let normal = f32::MIN_POSITIVE;
        let some = [0.0, tiny, 3.0 * tiny, normal, normal.next_down(), 1e-35, 0.1, 1.0, 16_777_216.0, 3e38, f32::MAX];
        some.iter().flat_map(|number| [*number, -number]).collect()
    }

    /// A number with its neighbours, in `f32` and in `f64`, and the halves between.
    fn around(number: f32) -> Vec<f64> {
        let singles = [number.next_down().next_down(), number.next_down(), number, number.next_up()];
        let doubles = singles.map(f64::from);
        let halves = doubles.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        let all = doubles.into_iter().chain(halves).chain([0.0, -0.0, 1e39, -1e39, f64::INFINITY, f64::NEG_INFINITY]);
        all.flat_map(|x| [x.next_down(), x, x.next_up()]).collect()
    }

    fn check(threshold: f32, wide_threshold: f64) {
        for x in around(threshold).into_iter().chain(around(wide_threshold as f32)) {
            assert_eq!(x < single_below(threshold), (x as f32) < threshold, "{x:e} as f32 < {threshold:e}");
            let at_most_wide = f64::from(x as f32) <= wide_threshold;
            assert_eq!(x < single_at_most(wide_threshold), at_most_wide, "{x:e} as f32 <= {wide_threshold:e}");
            assert_eq!(x < at_most(wide_threshold), x <= wide_threshold, "{x:e} <= {wide_threshold:e}");
        }
    }

    #[test]
    fn every_edge_goes_to_the_side_of_the_library() {
        for threshold in edges() {
            let exact = f64::from(threshold);
            for wide_threshold in [exact, exact.next_up(), exact.next_down(), exact * 0.999_999_99] {
                check(threshold, wide_threshold);
            }
        }
    }

    proptest! {
        #[test]
        fn every_number_goes_to_the_side_of_the_library(single in any::<f32>(), double in any::<f64>(), x in any::<f64>()) {
            if single.is_finite() && double.is_finite() {
                check(single, double);
                check(single, f64::from(single) + 1e-9);
                prop_assert_eq!(x < single_below(single), (x as f32) < single);
                prop_assert_eq!(x < single_at_most(double), f64::from(x as f32) <= double);
            }
        }
    }
}
