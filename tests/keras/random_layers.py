# Random layers with random arguments: python random_layers.py FOLDER SEED COUNT writes rN.keras, compiled, rN.npz with inputs, outputs,
# a target, the losses of three steps of SGD and the weights after them, and list.txt, which says what each is.
#
# Left out is what is known to differ: on JAX SpectralNormalization loses what it assigns, the gradient of |0| is 1, and
# `zero_output_for_mask` does nothing beside `unroll`; TimeDistributed forgets the penalty of activities of the layer inside.
import os, sys, warnings
os.environ["KERAS_BACKEND"] = "jax"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.filterwarnings("ignore")
import numpy as np, keras
from keras import layers as L

out, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)

def pick(*all):
    return all[rng.integers(len(all))]

def some(p=0.4, **args):
    """Some of the arguments: each is given, as its function says, or left out by chance."""
    return {key: value() for key, value in args.items() if rng.random() < p}

def n(a, b):
    return int(rng.integers(a, b + 1))

ACT=["relu","tanh","gelu","selu","sigmoid","elu","softplus","softsign","silu","hard_sigmoid","relu6","mish","leaky_relu","exponential","celu","log_sigmoid","hard_silu","sparse_plus","squareplus","linear","tanh_shrink","hard_tanh","hard_shrink","soft_shrink","sparse_sigmoid","softmax","log_softmax","sparsemax"]
act=lambda: pick(*ACT)
def reg1(): return pick("l2",keras.regularizers.L2(0.02),None)
def con(): return pick("max_norm","unit_norm","non_neg",keras.constraints.MinMaxNorm(0.2,0.8,0.5,axis=0),keras.constraints.MaxNorm(0.5,axis=[0]))
def wargs(names):
    a={}
    for nm in names:
        a.update(some(0.2, **{nm+'_regularizer': reg1, nm+'_constraint': con}))
    return a
def df(): return pick('channels_last','channels_last','channels_first')
def conv(nd, kind):
    first=df()=='channels_first' and kind!='x'
    c=pick(1,2,3,4,6); k=pick(1,2,3,(tuple(n(1,3) for _ in range(nd)) if nd>1 else 4))
    sp=tuple(n(4,8) for _ in range(nd))
    a=dict(some(activation=act,use_bias=lambda:False,activity_regularizer=lambda:pick('l2',None)), padding=pick('same','valid'))
    if a.get('activation') in ('softmax','log_softmax','sparsemax') and first: a.pop('activation')
    strides=pick(1,1,2,(tuple(n(1,2) for _ in range(nd)) if nd>1 else 3)); dil=1
    if strides==1: dil=pick(1,1,2)
    if first: a['data_format']='channels_first'
    a['strides']=strides
    if kind=='conv':
        a['dilation_rate']=dil
        f=pick(1,2,3,4,6)
        g=[g for g in (1,2,3) if c%g==0 and f%g==0]; g=pick(*g)
        if g>1 : a['groups']=g
        if nd==1 and not first and rng.random()<.2: a['padding']='causal'
        l=getattr(L,f'Conv{nd}D')(f,k,**a,**wargs(['kernel','bias']))
    elif kind=='transpose':
        a['dilation_rate']=dil
        if rng.random()<.3 and strides not in (1,): 
            st=strides if isinstance(strides,tuple) else (strides,)*nd
            a['output_padding']=tuple(n(0,s-1) for s in st) if nd>1 else n(0,st[0]-1)
        l=getattr(L,f'Conv{nd}DTranspose')(n(1,4),k,**a,**wargs(['kernel','bias']))
    elif kind=='depthwise':
        if isinstance(strides,tuple): a['strides']=strides[0]
        a['dilation_rate']=dil
        l=getattr(L,f'DepthwiseConv{nd}D')(k,depth_multiplier=n(1,3),**a,**wargs(['depthwise','bias']))
    else:
        if isinstance(strides,tuple): a['strides']=strides[0]
        a['dilation_rate']=dil
        l=getattr(L,f'SeparableConv{nd}D')(n(1,5),k,depth_multiplier=n(1,2),**a,**wargs(['depthwise','pointwise','bias']))
    return l, (c,*sp) if first else (*sp,c)
def pool(nd):
    first=df()=='channels_first'; sp=tuple(n(3,8) for _ in range(nd)); c=n(1,4)
    kind=pick('Max','Average','GlobalMax','GlobalAverage','AdaptiveMax','AdaptiveAverage')
    a={'data_format':'channels_first'} if first else {}
    sh=(c,*sp) if first else (*sp,c)
    if kind.startswith('Global'): return getattr(L,f'{kind}Pooling{nd}D')(keepdims=bool(n(0,1)),**a), sh
    if kind.startswith('Adaptive'): return getattr(L,f'{kind}Pooling{nd}D')(tuple(n(1,5) for _ in range(nd)) if nd>1 else n(1,5),**a), sh
    return getattr(L,f'{kind}Pooling{nd}D')(pick(2,3,1) if nd==1 or rng.random()<.5 else tuple(n(1,3) for _ in range(nd)), strides=pick(None,1,2,3), padding=pick('same','valid'),**a), sh
def rnn():
    kind=pick('LSTM','GRU','SimpleRNN'); u=n(1,5)
    a=some(activation=lambda:pick('tanh','relu','sigmoid','softsign','linear','hard_sigmoid','elu'),use_bias=lambda:False,go_backwards=lambda:True,unroll=lambda:True,zero_output_for_mask=lambda:True)
    a['return_sequences']=bool(n(0,1))
    if a.get('unroll'): a.pop('zero_output_for_mask',None)
    if kind!='SimpleRNN': a.update(some(recurrent_activation=lambda:pick('sigmoid','hard_sigmoid','tanh')))
    if kind=='GRU': a.update(some(reset_after=lambda:False))
    if kind=='LSTM': a.update(some(unit_forget_bias=lambda:False))
    return getattr(L,kind)(u,**a,**wargs(['kernel','recurrent','bias']))
def norm():
    sh=pick((4,),(3,4),(3,4,6),(2,3,4,6)); ax=pick(-1,1,len(sh))
    k=n(0,4)
    if k==0: return L.BatchNormalization(axis=ax,**some(momentum=lambda:0.7,epsilon=lambda:0.01,center=lambda:False,scale=lambda:False,renorm=lambda:True,renorm_momentum=lambda:.8)), sh
    if k==1: 
        axes=pick(-1,1,len(sh), list(range(1,len(sh)+1)))
        return L.LayerNormalization(axis=axes,**some(epsilon=lambda:0.01,center=lambda:False,scale=lambda:False)), sh
    if k==2: return L.GroupNormalization(groups=pick(-1,1,2,sh[-1]),**some(epsilon=lambda:.01,center=lambda:False,scale=lambda:False)), sh
    if k==3: return L.RMSNormalization(axis=pick(-1,1),**some(epsilon=lambda:.01)), sh
    return L.UnitNormalization(axis=pick(-1,1)), sh
def shapes():
    k=n(0,11); sp=(n(4,8),n(4,8)); c=n(1,4); first=df()=='channels_first'; a={'data_format':'channels_first'} if first else {}
    sh=(c,*sp) if first else (*sp,c)
    it=pick('nearest','bilinear','bicubic','lanczos3','lanczos5')
    if k==0: return L.UpSampling2D((n(1,3),n(1,3)),interpolation=it,**a), sh
    if k==1: return L.Resizing(n(1,12),n(1,12),interpolation=it,**some(crop_to_aspect_ratio=lambda:True,antialias=lambda:True),**a), sh
    if k==2: return L.Resizing(n(1,12),n(1,12),interpolation=it,pad_to_aspect_ratio=True,fill_value=.5,**a), sh
    if k==3: return L.ZeroPadding2D(pick(2,(1,2),((1,0),(2,3))),**a), sh
    if k==4: return L.Cropping2D(pick(1,(1,2),((1,0),(2,1))),**a), sh
    if k==5: return L.CenterCrop(n(2,9),n(2,9),**a), sh
    if k==6: return L.Permute(pick((2,1,3),(3,1,2),(1,3,2))), sh
    if k==7: return L.Flatten(), sh
    if k==8: return L.ZeroPadding1D(pick(2,(1,2))), (5,3)
    if k==9: return L.Cropping1D(pick(1,(1,2))), (6,3)
    if k==10: return L.UpSampling1D(n(1,3)), (4,3)
    return L.Rescaling(pick(.5,2.),offset=pick(0.,.25)), sh
def plain():
    sh=pick((4,),(3,4),(3,4,2)); k=n(0,9)
    if k==0: return L.Dense(n(1,6),**some(activation=act,use_bias=lambda:False),**wargs(['kernel','bias'])), sh
    if k==1: return L.Activation(act()), sh
    if k==2: return L.PReLU(shared_axes=pick(None,[1])), sh
    if k==3: return L.ReLU(**some(max_value=lambda:1.5,negative_slope=lambda:.1,threshold=lambda:.3)), sh
    if k==4: return L.LeakyReLU(pick(.1,.4)), sh
    if k==5: return L.ELU(pick(.5,2.)), sh
    if k==6: return L.Softmax(axis=pick(-1,1)), sh
    if k==7: return L.EinsumDense(pick('ab,bc->ac','ab,bc->ac'),output_shape=n(1,4),bias_axes=pick(None,'c'),**some(activation=act)), (4,)
    if k==8: return L.EinsumDense('abc,cde->abde',output_shape=(None,2,3),bias_axes=pick(None,'de','e'),**some(activation=act)), (3,4)
    return L.ActivityRegularization(.1,.2), sh
def convlstm():
    nd=n(1,2); first=df()=='channels_first'; c=n(1,3); sp=tuple(n(3,5) for _ in range(nd)); t=n(1,4)
    a=some(activation=lambda:pick('tanh','relu','sigmoid'),recurrent_activation=lambda:pick('sigmoid','hard_sigmoid'),use_bias=lambda:False,return_sequences=lambda:True,go_backwards=lambda:True,unit_forget_bias=lambda:False)
    st=pick(1,1,2)
    if st==1: a['dilation_rate']=pick(1,1,2)
    else: a['strides']=st
    if first: a['data_format']='channels_first'
    return getattr(L,f'ConvLSTM{nd}D')(n(1,3),pick(1,2,3),padding=pick('same','valid'),**a), (t,*((c,*sp) if first else (*sp,c)))
def wrapped():
    k=n(0,3)
    if k==0: return L.Bidirectional(rnn(), merge_mode=pick('concat','sum','mul','ave')), (n(1,5),3)
    if k==1:
        l,sh=pick(conv(1,'conv'),conv(2,'conv'),pool(2),plain()); l.activity_regularizer=None; return L.TimeDistributed(L.Identity() if isinstance(l,L.ActivityRegularization) else l),(n(1,3),*sh)
    if k==2: return L.RNN(pick(L.LSTMCell(3),L.GRUCell(2),L.StackedRNNCells([L.LSTMCell(2),L.GRUCell(3)]),[L.SimpleRNNCell(2),L.SimpleRNNCell(3)]),return_sequences=bool(n(0,1)),**some(go_backwards=lambda:True),**pick({'unroll':True},{'zero_output_for_mask':True},{})), (n(1,5),3)
    return rnn(), (n(1,6),n(1,4))
def layer():
    k=n(0,15)
    return (lambda: conv(1,'conv'),lambda: conv(2,'conv'),lambda: conv(3,'conv'),lambda: conv(pick(1,2,3),'transpose'),lambda: conv(pick(1,2),'depthwise'),lambda: conv(pick(1,2),'separable'),
      lambda: pool(pick(1,2,3)),norm,shapes,plain,convlstm,wrapped,norm,plain,wrapped,attention)[k]()
def attention(): return 'attn', None
def build():
    l,sh=layer()
    if l=='attn':
        t,s,d=n(1,5),n(1,5),n(1,5)
        k=n(0,3); q=keras.Input((t,d)); v=keras.Input((s,d))
        mask=rng.random()<.4
        qq,vv=(L.Masking()(q) if mask else q),(L.Masking()(v) if mask else v)
        if k==0:
            a=some(use_bias=lambda:False,value_dim=lambda:n(1,3),output_shape=lambda:n(1,4),seed=lambda:1)
            lay=L.MultiHeadAttention(n(1,3),n(1,3),**a); y=lay(qq,vv,use_causal_mask=bool(n(0,1))); 
        elif k==1: lay=L.GroupQueryAttention(n(1,3),4,pick(1,2,4),**some(use_bias=lambda:False)); y=lay(qq,vv,use_causal_mask=bool(n(0,1)))
        elif k==2: lay=L.Attention(**some(use_scale=lambda:True,score_mode=lambda:pick('dot','concat'))); y=lay([qq,vv],use_causal_mask=bool(n(0,1)))
        else: lay=L.AdditiveAttention(**some(use_scale=lambda:False)); y=lay([qq,vv],use_causal_mask=bool(n(0,1)))
        return keras.Model([q,v],y), [(t,d),(s,d)], lay, mask
    x=keras.Input(sh); h=x; mask=False
    if len(sh)==2 and rng.random()<.35: h=L.Masking()(h); mask=True
    y=l(h)
    return keras.Model(x,y),[sh],l,mask

def values(shape, mask, batch):
    x = rng.normal(size=(batch, *shape)).astype("float32")
    for i in range(batch if mask else 0):
        # The last steps do not count, or some of them do not.
        x[i, rng.integers(0, shape[0] + 1) :] = 0
        x[i, rng.random(shape[0]) < 0.2] = 0
    return x

def begin(weight):
    size = np.abs(rng.normal(size=weight.shape)) * 0.5 + 0.3
    is_size = any(name in weight.path for name in ("variance", "stddev"))
    return (size if is_size else rng.normal(size=weight.shape) * 0.5).astype("float32")

made = 0
while made < count:
    keras.backend.clear_session(); keras.utils.set_random_seed(int(rng.integers(1e6)))
    try:
        # Some arguments do not go together.
        model, shapes, made_of, mask = build()
        batch = n(1, 4)
        xs = [values(shape, mask, batch) for shape in shapes]
        weights = [weight for weight in model.weights if "seed" not in weight.path]
        for weight in weights: weight.assign(begin(weight))
        x = xs if len(xs) > 1 else xs[0]
        y = np.asarray(model.predict(x, verbose=0), "float32")
        model.compile(keras.optimizers.SGD(0.05), "mse")
        model.save(f"{out}/r{made}.keras")
        target = rng.normal(size=y.shape).astype("float32")
        losses = [float(model.train_on_batch(x, target)) for _ in range(3)]
    except (ValueError, TypeError):
        continue
    arrays = {f"input_{i}": x for i, x in enumerate(xs)} | {f"after_{i}": np.asarray(w, "float32") for i, w in enumerate(weights)}
    np.savez(f"{out}/r{made}.npz", **arrays, output_0=y, target_0=target, losses_0=np.array(losses, "float32"))
    said = {key: value for key, value in made_of.get_config().items() if "initializer" not in key and key not in ("name", "trainable", "dtype")}
    with open(f"{out}/list.txt", "a") as file: file.write(f"r{made}\t{type(made_of).__name__} {said} on {shapes}, mask {mask}".replace("\n", " ") + "\n")
    made += 1
