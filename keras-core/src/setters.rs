//! Setters of builders.

/// A setter for each field, with its documentation; `=> path` where the field is a part of another.
macro_rules! setters {
    ($type:ident: $($(#[$doc:meta])* $name:ident: $t:ty $(=> $($path:ident).+)?,)*) => {
        impl $type { $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $name: $t) -> Self {
                $crate::setters::set!(self, $name $($($path).+)?);
                self
            }
        )* }
    };
}
pub(crate) use setters;

macro_rules! set {
    ($self:ident, $name:ident) => {
        $self.$name = $name
    };
    ($self:ident, $name:ident $($path:ident).+) => {
        $self.$($path).+ = $name
    };
}
pub(crate) use set;
