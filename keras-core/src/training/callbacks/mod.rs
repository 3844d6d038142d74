//! What happens between the steps of `fit`: stopping early, saving, logging, changing the learning rate.
//!
//! A callback is given to `fit` whole, or as `&mut` where it is wanted back:
//!
//! ```
//! use keras_core::training::callbacks::{EarlyStopping, Mode, TerminateOnNaN};
//!
//! let stop = EarlyStopping::new().monitor("val_accuracy").mode(Mode::Max).patience(3).restore_best_weights(true);
//! assert_eq!(stop.best(), None);
//! let nan = TerminateOnNaN::new();
//! # let _ = nan;
//! ```
//!
//! `new` has Keras's defaults, and a method of its name sets an argument:
//!
#![doc = include_str!("arguments.md")]
//!
//! Source: <https://keras.io/api/callbacks/>.

mod backup_and_restore;
mod callback;
mod control;
mod csv_logger;
mod early_stopping;
mod event_file;
mod format;
mod graph;
mod lambda_callback;
mod learning_rate_scheduler;
mod logs;
mod message;
mod model_checkpoint;
mod monitor;
mod notify;
mod reduce_lr_on_plateau;
mod remote_monitor;
mod save_freq;
mod state;
mod swap_ema_weights;
mod template;
mod tensor_board;
mod terminate_on_nan;
#[cfg(test)]
mod testing;

pub use backup_and_restore::BackupAndRestore;
pub use callback::{Callback, TakesCallback};
pub(crate) use control::Request;
pub use control::{Control, GraphNode, PredictControl, TrainingModel};
pub use csv_logger::CSVLogger;
pub use early_stopping::EarlyStopping;
pub(crate) use graph::{embeddings, graph};
pub use lambda_callback::{LambdaCallback, Outcome};
pub use learning_rate_scheduler::LearningRateScheduler;
pub(crate) use logs::EpochLogs;
pub use logs::{Logs, get, merge};
pub(crate) use message::warn;
pub use model_checkpoint::ModelCheckpoint;
pub use monitor::Mode;
pub(crate) use notify::notify;
pub use reduce_lr_on_plateau::ReduceLROnPlateau;
pub use remote_monitor::RemoteMonitor;
pub use save_freq::SaveFreq;
pub use state::CallbackState;
pub use swap_ema_weights::SwapEMAWeights;
pub use tensor_board::{EmbeddingsMetadata, TensorBoard, UpdateFreq};
pub use terminate_on_nan::TerminateOnNaN;
