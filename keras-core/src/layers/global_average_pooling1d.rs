use crate::Error;
use crate::tensor_ops::pool::global_pool_forward;

global_pool_forward!(GlobalAveragePooling1D, |x, value, _| {
    let Some(mask) = &value.mask else {
        return Ok(x.mean_dim(1));
    };
    let [batch, steps, _] = x.dims();
    if mask.shape() != [batch, steps] {
        return Err(Error::layer(format!("a mask of shape {:?} does not fit {steps} steps", mask.shape())));
    }
    let counts = mask.reshape(&[batch, steps, 1])?.float::<3>()?;
    let total = counts.clone().sum_dim(1);
    let padding = counts.equal_elem(0.0).expand(x.dims());
    Ok(x.mask_fill(padding, 0.0).sum_dim(1) / total)
});
