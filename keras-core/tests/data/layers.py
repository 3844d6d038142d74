# What layers give in real Keras 3.15.1: output, gradients of sum(c * y), moving averages after a training call.
# KERAS_BACKEND=jax python layers.py writes layers.json beside it.
import os,json
os.environ["KERAS_BACKEND"]="jax"
import numpy as np, keras, jax, jax.numpy as jnp
from keras import layers
rng=np.random.default_rng(0)
out=[]
def case(src,shape,training=False,mask=None,ties=False,ints=False):
    l=eval("layers."+src)
    x=rng.normal(size=shape).astype('float32')
    if ties: x=np.maximum(np.round(x*2)/2,0).astype('float32')
    l.build(shape)
    for v in l.weights:
        if 'seed' in v.path: continue
        val=rng.normal(size=v.shape).astype('float32')
        if 'variance' in v.path or 'stddev' in v.path: val=np.abs(val)+0.5
        v.assign(val)
    ws=[np.array(v) for v in l.weights if 'seed' not in v.path]
    tv=[v.value for v in l.trainable_variables]; ntv=[v.value for v in l.non_trainable_variables]
    kw={}
    import inspect
    if 'training' in inspect.signature(l.call).parameters: kw['training']=training
    if mask is not None: kw['mask']=jnp.array(mask)
    def f(tv,x):
        y,nt=l.stateless_call(tv,ntv,x,**kw)
        return y,nt
    y,nt=f(tv,jnp.array(x))
    c=rng.normal(size=y.shape).astype('float32')
    def loss(tv,x):
        y,_=f(tv,x)
        return jnp.sum(y*c)
    g=jax.grad(loss,argnums=(0,1))(tv,jnp.array(x))
    r=lambda a:[float(f"{v:.7g}") for v in np.asarray(a).reshape(-1)]
    upd=[r(a) for a in nt if np.asarray(a).dtype==np.float32]
    out.append(dict(layer=src,shape=list(shape),training=training,mask=None if mask is None else np.asarray(mask).astype(int).reshape(-1).tolist(),mask_shape=None if mask is None else list(np.asarray(mask).shape),
      x=r(x),weights=[dict(shape=list(w.shape),v=r(w)) for w in ws],trainable=[bool(v.trainable) for v in l.weights if 'seed' not in v.path],c=r(c),y_shape=list(y.shape),y=r(y),dx=r(g[1]),dw=[r(a) for a in g[0]],updates=upd if (training and ws) else []))
for a in "relu relu6 elu selu celu gelu silu sigmoid hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink tanh tanh_shrink softplus softsign softmax log_softmax sparsemax squareplus sparse_plus sparse_sigmoid log_sigmoid mish exponential leaky_relu glu".split():
    case(f"Activation('{a}')",(3,6))
case("ReLU(max_value=1.0, negative_slope=0.1, threshold=0.3)",(3,5)); case("ReLU(6.0)",(3,5)); case("ReLU(negative_slope=0.2)",(3,5)); case("ReLU(threshold=0.4)",(3,5))
case("LeakyReLU()",(3,5)); case("ELU(0.5)",(3,5)); case("PReLU(shared_axes=[1])",(2,3,4)); case("PReLU()",(2,3,2))
case("Softmax(axis=1)",(2,3,4)); case("Softmax(axis=(1, -1))",(2,3,2,2)); case("Softmax(axis=0)",(3,2))
case("Flatten()",(2,3,2)); case("Flatten('channels_first')",(2,3,2,2)); case("Reshape((-1, 2))",(2,3,2)); case("Permute((2, 1))",(2,3,2)); case("Permute((3, 1, 2))",(2,3,2,2)); case("RepeatVector(3)",(2,2))
case("Conv1D(3, 2)",(2,5,2)); case("Conv1D(2, 3, padding='causal', dilation_rate=2)",(1,6,2)); case("Conv1D(4, 3, strides=2, padding='same', groups=2, activation='tanh')",(1,6,2)); case("Conv1D(2, 2, data_format='channels_first')",(1,2,5)); case("Conv1D(2, 2, strides=2, padding='causal', data_format='channels_first', use_bias=False)",(1,2,5))
case("Conv2D(2, 3)",(1,4,5,2)); case("Conv2D(2, (2, 3), strides=(2, 1), padding='same', activation='relu')",(2,4,5,1)); case("Conv2D(2, 2, dilation_rate=2, padding='same')",(1,4,5,1)); case("Conv2D(4, 2, groups=2, data_format='channels_first')",(1,4,3,3)); case("Conv2D(2, 2, strides=3)",(1,5,7,1))
case("Conv2D(2, 3, padding='same', strides=2)",(2,4,4,1))
case("MaxPooling1D(2)",(2,5,2)); case("MaxPooling1D(3, 2, 'same')",(1,6,2)); case("MaxPooling2D(2)",(1,5,4,2)); case("MaxPooling2D((2, 3), strides=(1, 2), padding='same')",(1,3,5,2),ties=True); case("MaxPooling2D(2, data_format='channels_first')",(1,2,4,4),ties=True); case("MaxPooling2D(3, 1, 'same')",(1,4,4,1))
case("AveragePooling1D(2)",(2,5,2)); case("AveragePooling1D(3, 2, 'same')",(1,6,2)); case("AveragePooling2D(2, 1, 'same')",(1,3,4,2)); case("AveragePooling2D((2, 3), strides=(3, 3), padding='same', data_format='channels_first')",(1,2,5,5)); case("AveragePooling2D(3, 1, 'same')",(1,4,4,1))
case("GlobalMaxPooling1D()",(2,4,3),training=True,ties=True); case("GlobalMaxPooling2D(data_format='channels_first', keepdims=True)",(2,2,2,3),training=True,ties=True); case("GlobalAveragePooling1D()",(2,4,3)); case("GlobalAveragePooling1D('channels_first')",(2,4,3)); case("GlobalAveragePooling1D(keepdims=True)",(2,4,3),mask=np.array([[1,1,0,0],[1,0,1,1]],bool)); case("GlobalAveragePooling2D()",(2,2,3,2))
case("GlobalAveragePooling1D('channels_first')",(2,3,4),mask=np.array([[1,1,0,0],[1,0,1,1]],bool))
case("ZeroPadding2D(((1, 0), (2, 1)))",(1,2,2,2)); case("ZeroPadding2D(1, data_format='channels_first')",(1,2,2,2))
for i in ["nearest","bilinear","bicubic","lanczos3","lanczos5"]: case(f"UpSampling2D((2, 3), interpolation='{i}')",(1,3,2,2))
case("UpSampling2D(2, data_format='channels_first', interpolation='bilinear')",(1,2,3,2))
for t in [False,True]:
    case("BatchNormalization()",(4,3),training=t); case("BatchNormalization(axis=1, momentum=0.9)",(2,3,4),training=t); case("BatchNormalization(center=False, scale=False)",(2,2,2,2),training=t)
    case("BatchNormalization()",(2,4,3),training=t,mask=np.array([[1,1,0,0],[1,0,1,1]],bool))
    case("BatchNormalization(renorm=True, renorm_clipping=dict(rmax=1.2, rmin=0.8, dmax=0.5), renorm_momentum=0.8)",(4,3),training=t)
case("LayerNormalization()",(2,3,4)); case("LayerNormalization(axis=[1, 2])",(2,3,4)); case("LayerNormalization(axis=[-1, 1])",(2,3,4)) if False else None
case("LayerNormalization(axis=1, center=False)",(2,3,4)); case("LayerNormalization(axis=(1, 3), scale=False, epsilon=0.1)",(2,3,2,2)); case("LayerNormalization(rms_scaling=True)",(2,3,4)); case("LayerNormalization(scale=False, center=False)",(2,4))
case("Rescaling(2.0, 0.5)",(2,3)); case("Rescaling([1.0, 2.0, 3.0], [0.5, 0.0, -1.0])",(2,3)); case("Identity()",(2,3)); case("Dropout(0.5)",(2,3)); case("SpatialDropout1D(0.5)",(2,3,2))
case("Dense(3, activation='relu')",(4,2))
open(__file__.replace('.py','.json'),'w').write('[\n'+',\n'.join(json.dumps(c,separators=(',',':')) for c in out)+'\n]\n')
