//! The programs of the book compile and run. A test holds this list to the chapters.

#[cfg(doctest)]
#[doc = include_str!("../../book/src/first_hour.md")]
pub struct FirstHour;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/from_keras.md")]
pub struct FromKeras;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/proof.md")]
pub struct Proof;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/training.md")]
pub struct Training;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/data.md")]
pub struct Data;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/own.md")]
pub struct Own;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/files.md")]
pub struct Files;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/files_in_detail.md")]
pub struct FilesInDetail;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/names.md")]
pub struct Names;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/deploying.md")]
pub struct Deploying;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/speed.md")]
pub struct Speed;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/several_machines.md")]
pub struct SeveralMachines;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/several_machines_cost.md")]
pub struct SeveralMachinesCost;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/when_it_fails.md")]
pub struct WhenItFails;

#[cfg(doctest)]
#[doc = include_str!("../../book/src/examples.md")]
pub struct Examples;
