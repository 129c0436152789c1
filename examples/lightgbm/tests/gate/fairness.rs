//! Are groups treated alike, and do the features reveal them?

mod answered {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
}

mod disparate_impact {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
}

mod equal_opportunity_difference {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
}

mod proxy {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
}
