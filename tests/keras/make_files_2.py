# The same models in the formats of Keras 2 (tf_keras): python make_files_2.py FOLDER.
import os, sys, warnings
os.environ['CUDA_VISIBLE_DEVICES']=''; os.environ['TF_CPP_MIN_LOG_LEVEL']='3'
import numpy as np, tf_keras as keras, tensorflow as tf
from tf_keras import layers as L, Input, Model, Sequential
out=sys.argv[1]; os.makedirs(out,exist_ok=True)
def put(name,m,*xs):
    r=np.random.default_rng(5)
    m.set_weights([ (np.abs(r.normal(size=w.shape))*0.5+0.3 if 'variance' in v.name else r.normal(size=w.shape)*0.4).astype('float32') for w,v in zip(m.get_weights(), m.weights)])
    y=m.predict(list(xs) if len(xs)>1 else xs[0],verbose=0)
    ys=y if isinstance(y,(list,tuple)) else [y]
    for e in ['.keras','.h5']:
        try: m.save(f'{out}/{name}{e}')
        except Exception as ex: print(name,e,str(ex)[:200])
    try: m.save_weights(f'{out}/{name}.weights.h5')
    except Exception as ex: print(name,str(ex)[:200])
    np.savez(f'{out}/{name}_io.npz', **{f'input_{i}':x for i,x in enumerate(xs)}, **{f'output_{i}':np.asarray(q) for i,q in enumerate(ys)})
rng=np.random.default_rng(0)
X=lambda *s: rng.normal(size=s).astype('float32')
I=lambda hi,*s: rng.integers(0,hi,size=s).astype('int32')
put('mha', (lambda q,v: Model([q,v], L.MultiHeadAttention(2,3)(q,v)))(Input((4,6)),Input((5,7))), X(2,4,6),X(2,5,7))
put('mha_kw', (lambda q,v: Model([q,v], L.MultiHeadAttention(2,3)(query=q,value=v)))(Input((4,6)),Input((5,7))), X(2,4,6),X(2,5,7))
def f():
    x=Input((5,)); d=L.Dense(4,activation='relu'); y=L.Concatenate()([d(x),d(L.Dense(5)(x))]); return Model(x,[L.Dense(2)(y),L.Dense(3,activation='softmax')(y)])
put('shared',f(),X(3,5))
def f():
    inner=Sequential([L.Dense(4,activation='tanh',input_shape=(6,)),L.BatchNormalization(),L.Dense(3)],name='enc')
    i2=Input((3,)); dec=Model(i2,L.Dense(6)(L.BatchNormalization()(L.Dense(3)(i2))),name='dec')
    a=Input((6,)); b=Input((6,)); return Model([a,b],L.Subtract()([dec(inner(a)),dec(inner(b))]))
put('nested',f(),X(2,6),X(2,6))
def f():
    i2=Input((3,)); dec=Model(i2,L.Dense(6)(L.BatchNormalization()(L.Dense(3)(i2))),name='dec'); x=Input((3,)); return Model(x, dec(x))
put('nested_end',f(),X(2,3))
def f():
    inner=Sequential([L.Dense(4,input_shape=(6,)),L.BatchNormalization(),L.Dense(3)],name='base'); inner.layers[0].trainable=False; return Sequential([inner,L.Dense(2)])
put('frozen_part',f(),X(2,6))
def f():
    inner=Sequential([L.Dense(4,input_shape=(6,)),L.BatchNormalization(),L.Dense(3)],name='base'); inner.trainable=False; return Sequential([inner,L.Dense(2)])
put('frozen',f(),X(2,6))
put('bidi',Sequential([L.Bidirectional(L.LSTM(4,return_sequences=True),input_shape=(5,3)),L.Bidirectional(L.GRU(3),merge_mode='sum'),L.Dense(2)]),X(2,5,3))
put('hard',Sequential([L.LSTM(4,recurrent_activation='hard_sigmoid',return_sequences=True,input_shape=(5,3)),L.GRU(3,reset_after=False),L.Dense(2,activation='hard_sigmoid'),L.Activation('hard_sigmoid')]),X(2,5,3))
put('embed',Sequential([L.Embedding(20,6,mask_zero=True,input_length=7),L.LSTM(5,return_sequences=True),L.GRU(4,dropout=.2,recurrent_dropout=.1),L.Dense(1)]),I(20,3,7))
put('conv',Sequential([L.Conv2D(4,3,strides=2,padding='same',activation='gelu',input_shape=(12,12,3)),L.DepthwiseConv2D(3,depth_multiplier=2),L.SeparableConv2D(5,3,padding='same'),L.BatchNormalization(),L.MaxPooling2D(2,strides=1),L.UpSampling2D(2,interpolation='bilinear'),L.Conv2DTranspose(3,3,strides=2,padding='same'),L.ZeroPadding2D(((1,0),(0,2))),L.Cropping2D(1),L.GlobalAveragePooling2D(),L.PReLU(),L.LeakyReLU(alpha=.1),L.ReLU(6.,negative_slope=.1,threshold=.2)]),X(2,12,12,3))
put('conv1d',Sequential([L.Conv1D(4,3,padding='causal',dilation_rate=2,input_shape=(16,3)),L.AveragePooling1D(2),L.Conv1DTranspose(3,3,strides=2),L.SpatialDropout1D(.2),L.GroupNormalization(3),L.LayerNormalization(axis=[1,2]),L.Flatten(),L.Dense(3,activation='selu'),L.ThresholdedReLU(.1)]),X(2,16,3))
put('conv3d',Sequential([L.Conv3D(3,2,input_shape=(5,6,6,2)),L.MaxPooling3D(2),L.GlobalMaxPooling3D(),L.Reshape((3,1)),L.Permute((2,1)),L.Rescaling(.5,offset=1.),L.ELU(alpha=.7),L.Softmax()]),X(2,5,6,6,2))
put('td',Sequential([L.TimeDistributed(L.Dense(5),input_shape=(4,6)),L.TimeDistributed(L.Dense(3,activation='relu')),L.SimpleRNN(4,return_sequences=True),L.Masking(),L.LSTM(3,go_backwards=True)]),X(2,4,6))
def f():
    q=Input((4,6)); v=Input((5,6)); return Model([q,v],L.Attention(use_scale=True)([q,v]))
put('attention',f(),X(2,4,6),X(2,5,6))
def f():
    x=Input((None,4)); y,h,c=L.LSTM(5,return_sequences=True,return_state=True)(x); z=L.LSTM(5)(y,initial_state=[h,c]); return Model(x,z)
put('states',f(),X(2,6,4))
def f():
    inner=Sequential([L.Dense(4,activation='tanh',input_shape=(6,)),L.Dense(3)],name='step'); x=Input((5,6)); return Model(x,L.TimeDistributed(inner)(x))
put('td_model',f(),X(2,5,6))
def f():
    a=Input((4,)); return Model(a,L.Dense(2)(tf.nn.relu(a)*2+1))
put('ops',f(),X(2,4))
