//! Dates in the forms that files have.

use jiff::civil::Date;

/// Forms of a date. A form with the month in front is tried before the one with the day in front.
const FORMS: [&str; 6] = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y"];

/// The form in which every value is a date. A time of day behind a date is left out.
pub(crate) fn find_form<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<&'static str> {
    values.clone().next()?;
    FORMS.into_iter().find(|form| values.clone().all(|value| day(value, form).is_some()))
}

/// A value as a day, in the form 2026-11-26, which sorts as it should.
pub(crate) fn day(value: &str, form: &str) -> Option<String> {
    let date = value.split(['T', ' ']).next()?;
    Date::strptime(form, date).ok().map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_all_values() {
        let form = |values: &[&'static str]| find_form(values.iter().copied());
        assert_eq!(form(&["2020-01-31", "2020-02-01T10:00:00Z"]), Some("%Y-%m-%d"));
        assert_eq!(form(&["01.02.2020"]), Some("%d.%m.%Y"));
        assert_eq!(form(&["01/02/2020", "12/31/2020"]), Some("%m/%d/%Y"));
        assert_eq!(form(&["01/02/2020", "31/12/2020"]), Some("%d/%m/%Y"));
        assert_eq!((form(&["2020-13-01"]), form(&[]), form(&["20200101"])), (None, None, None));
        assert_eq!(day("31.12.2020", "%d.%m.%Y").as_deref(), Some("2020-12-31"));
    }
}
