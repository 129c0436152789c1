//! The roles that write what no machine knows.

/// The organisation that places the system on the market.
pub(super) const PROVIDER: &str = "the provider";
/// The organisation that uses the system.
pub(super) const DEPLOYER: &str = "the deployer";
/// The person or role that the policy names as owner.
pub(super) const OWNER: &str = "the owner of the release";
/// The person who knows how the data were collected.
pub(super) const DATA_OWNER: &str = "the owner of the data";
/// The function that manages risk.
pub(super) const RISK: &str = "risk management";
/// The function that answers for information security.
pub(super) const SECURITY: &str = "information security";
/// A person who had no part in the development.
pub(super) const VALIDATOR: &str = "an independent validator";
/// The lawyers.
pub(super) const COUNSEL: &str = "legal counsel";
/// The person who answers for the rules of lending.
pub(super) const CREDIT_POLICY: &str = "the owner of the credit policy";
