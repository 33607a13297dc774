//! Personal data: sealed at rest, looked up by keyed hashes, shown masked.
//!
//! A key per trainee is wrapped by a key derived from the master key; destroying it forgets the person. Trainee and field
//! are associated data, so that no value can be moved to another person or field unseen.

mod lookup;
mod mask;
mod vault;

pub use lookup::{LookUp, surname};
pub use mask::{mask_id_number, mask_name, mask_phone};
pub use vault::{Field, MasterKey, PersonKey, Vault, VaultError};
