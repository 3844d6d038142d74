# Unusual models of Keras 3.15: python variants.py make FOLDER [NAME...] writes each in every format, with inputs and outputs, and
# list.txt; python variants.py check FOLDER reads what was written of them as NAME_ours.keras and NAME_ours.weights.h5, and prints
# what differs.
import os, sys
os.environ.setdefault("KERAS_BACKEND","jax"); os.environ["CUDA_VISIBLE_DEVICES"]=""
import numpy as np, keras
from keras import layers as L, Input, Model, Sequential, ops
what, out, only = sys.argv[1], sys.argv[2], sys.argv[3:]
made=[]
rng=np.random.default_rng(0)
X=lambda *s: rng.normal(size=s).astype('float32')
I=lambda hi,*s: rng.integers(0,hi,size=s).astype('int32')
def put(name,f,*xs,fit=None):
    if only and name not in only or what=='check': return
    try:
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        m=f()
        if fit is None:
            r=np.random.default_rng(5)
            m.set_weights([ w if w.dtype!='float32' and str(w.dtype)!='bfloat16' and w.dtype!='float16' or 'seed' in v.path else (np.abs(r.normal(size=w.shape))*0.5+0.3 if 'variance' in v.path else r.normal(size=w.shape)*0.4).astype(w.dtype) for w,v in zip(m.get_weights(), m.weights)])
        else: fit(m)
        y=m.predict(list(xs) if len(xs)>1 else xs[0],verbose=0)
        import jax
        ys=jax.tree_util.tree_leaves(y)
        m.save(f'{out}/{name}.keras'); m.save_weights(f'{out}/{name}.weights.h5')
        # What Keras itself can read.
        # The `.h5` has the factors of LoRA beside the kernel, which is refused.
        try: name == 'lora' or m.save(f'{out}/{name}.h5'); name == 'lora' or keras.models.load_model(f'{out}/{name}.h5',compile=False)
        except Exception: os.path.exists(f'{out}/{name}.h5') and os.remove(f'{out}/{name}.h5')
        np.savez(f'{out}/{name}_io.npz', **{f'input_{i}':x.astype('float32') if x.dtype==bool else x for i,x in enumerate(xs)}, **{f'output_{i}':np.asarray(q).astype('float32') for i,q in enumerate(ys)})
        made.append(name)
    except Exception as e:
        print(name,'FAIL',repr(e)[:400],flush=True)
def mio():
    i,j=Input((3,),name='p'),Input((5,),name='q'); d=L.Dense(4)
    inner=Model([i,j],[L.Concatenate()([d(i),L.Dense(2)(j)]),L.Dense(3)(j)],name='two_two')
    a,b=Input((3,)),Input((5,)); u,v=inner([a,b]); w,z=inner([L.Dense(3)(a),b])
    return Model([a,b],[L.Add()([u,w]),v,z])
put('multi_inner',mio,X(3,3),X(3,5))
def mdict():
    i,j=Input((3,),name='zeta'),Input((5,),name='alpha')
    return Model({'zeta':i,'alpha':j},{'out_b':L.Dense(2,name='out_b')(L.Concatenate()([i,j])),'out_a':L.Dense(3,name='out_a')(j)})
def put_dict():
    name='dict_io'
    if only and name not in only or what=='check': return
    m=mdict(); x={'zeta':X(3,3),'alpha':X(3,5)}; y=m.predict(x,verbose=0)
    m.save(f'{out}/{name}.keras'); m.save(f'{out}/{name}.h5'); m.save_weights(f'{out}/{name}.weights.h5')
    names=[t.name for t in m.inputs]; made.append(name)
    import jax
    np.savez(f'{out}/{name}_io.npz',**{f'input_{i}':x[n] for i,n in enumerate(names)},**{f'output_{i}':q for i,q in enumerate([y['out_a'],y['out_b']])})
try: put_dict()
except Exception as e: print('dict_io FAIL',repr(e)[:300])
def bis():
    x=Input((5,3)); s=[Input((4,)) for _ in range(4)]
    return Model([x,*s],L.Bidirectional(L.LSTM(4,return_sequences=True))(x,initial_state=s))
put('bidi_states',bis,X(2,5,3),X(2,4),X(2,4),X(2,4),X(2,4))
def bir():
    x=Input((5,3)); y,fh,fc,bh,bc=L.Bidirectional(L.LSTM(4,return_sequences=True,return_state=True),merge_mode='sum')(x)
    z=L.Bidirectional(L.LSTM(4))(y,initial_state=[fh,fc,bh,bc]); return Model(x,L.Concatenate()([z,fh,bc]))
put('bidi_returned_states',bir,X(2,5,3))
def bin_():
    x=Input((5,3)); o=L.Bidirectional(L.GRU(4,return_sequences=True),merge_mode=None)(x); return Model(x,o)
put('bidi_none',bin_,X(2,5,3))
put('bidi_back',lambda: Sequential([Input((5,3)),L.Bidirectional(L.LSTM(4,return_sequences=True),backward_layer=L.GRU(4,go_backwards=True,return_sequences=True),merge_mode='concat'),L.Dense(2)]),X(2,5,3))
def encdec():
    e=Input((None,),dtype='int32'); d=Input((None,),dtype='int32')
    _,h,c=L.LSTM(5,return_state=True)(L.Embedding(12,4,mask_zero=True)(e))
    y,_,_=L.LSTM(5,return_sequences=True,return_state=True)(L.Embedding(10,4)(d),initial_state=[h,c])
    return Model([e,d],L.Dense(10,activation='softmax')(y))
put('seq2seq',encdec,I(12,2,6),I(10,2,4))
def att():
    x=Input((None,6)); y=L.Bidirectional(L.LSTM(4,return_sequences=True))(x)
    a=L.Dense(1,activation='tanh')(y); a=L.Flatten()(a); a=L.Activation('softmax')(a); a=L.RepeatVector(8)(a); a=L.Permute([2,1])(a)
    return Model(x,L.Dense(2)(ops.sum(L.Multiply()([y,a]),axis=1)))
put('classic_attention',lambda:(lambda x:Model(x,L.Dense(2)(ops.sum(L.Multiply()([x,L.Permute([2,1])(L.RepeatVector(6)(L.Activation('softmax')(L.Flatten()(L.Dense(1,activation='tanh')(x)))))]),axis=1))))(Input((5,6))),X(2,5,6))
for pol in ['mixed_bfloat16','mixed_float16','bfloat16','float16']:
    def p(pol=pol):
        keras.config.set_dtype_policy(pol)
        try: return Sequential([Input((8,)),L.Dense(6,activation='relu'),L.BatchNormalization(),L.Dense(3,activation='softmax',dtype='float32')])
        finally: keras.config.set_dtype_policy('float32')
    put('policy_'+pol,p,X(3,8))
    def p(pol=pol):
        keras.config.set_dtype_policy(pol)
        try:
            x=Input((8,8,3)); y=L.Conv2D(4,3,padding='same',activation='relu')(x); y=L.Add()([y,L.Conv2D(4,1)(x)]); y=L.GlobalAveragePooling2D()(L.MaxPooling2D()(L.LayerNormalization()(y)))
            return Model(x,L.Dense(3,dtype='float32')(y))
        finally: keras.config.set_dtype_policy('float32')
    put('policy_conv_'+pol,p,X(3,8,8,3))
put('float64',lambda:Sequential([Input((4,),dtype='float64'),L.Dense(3,dtype='float64'),L.Dense(2)]),X(3,4))
put('acts',lambda:Sequential([Input((6,)),L.Dense(6,activation=keras.activations.swish),L.Dense(6,activation=keras.activations.get('gelu')),L.Dense(6,activation='hard_swish'),L.Dense(6,activation='relu6'),L.Dense(6,activation=keras.activations.hard_sigmoid),L.Dense(6,activation='tanh_shrink'),L.Dense(6,activation='soft_shrink'),L.Dense(6,activation='hard_tanh'),L.Dense(6,activation='sparse_plus'),L.Dense(6,activation='sparse_sigmoid'),L.Dense(6,activation='squareplus'),L.Dense(6,activation='log_softmax'),L.Dense(6,activation='sparsemax'),L.Dense(6,activation='hard_shrink'),L.Activation(keras.activations.mish),L.Activation('celu'),L.Activation('glu'),L.Activation('log_sigmoid'),L.Activation(keras.activations.exponential)]),X(3,6)*0.5)
put('lora_args',lambda:Sequential([Input((6,),dtype='int32'),L.Embedding(9,5,lora_rank=2),L.Conv1D(4,2,lora_rank=2,lora_alpha=3,activation='relu'),L.TimeDistributed(L.Dense(3,lora_rank=1)),L.Flatten(),L.Dense(2,lora_rank=2,use_bias=False)]),I(9,2,6))
put('act_layers',lambda:Sequential([Input((6,5)),L.Conv1D(4,2,activation=L.ELU(.5)),L.LSTM(4,activation=L.LeakyReLU(.1),recurrent_activation=L.ReLU(1.),return_sequences=True),L.TimeDistributed(L.Dense(4,activation=L.Softmax(axis=-1))),L.Bidirectional(L.GRU(3,activation=L.ReLU(negative_slope=.2))),L.Dense(3,activation=L.Activation('tanh')),L.LeakyReLU()]),X(2,6,5))
put('act_layer_obj',lambda:Sequential([Input((6,)),L.Dense(6,activation=L.LeakyReLU(negative_slope=.2)),L.Activation(L.ReLU(max_value=3.))]),X(3,6))
put('channels_first',lambda:Sequential([Input((3,10,9)),L.Conv2D(4,3,data_format='channels_first',padding='same')(1,data_format='channels_first'),L.Permute((2,3,1)),L.Conv2D(4,3),L.Permute((3,1,2)),L.BatchNormalization(axis=1),L.GlobalAveragePooling2D(data_format='channels_first')]),X(2,3,10,9))
os_b=keras.backend.backend()
put('channels_first_conv',lambda:Sequential([Input((3,10,9)),L.Conv2D(4,3,data_format='channels_first',padding='same',strides=2),L.BatchNormalization(axis=1),L.Activation('relu'),L.DepthwiseConv2D(3,data_format='channels_first'),L.MaxPooling2D(2,data_format='channels_first',padding='same'),L.Flatten(data_format='channels_first'),L.Dense(2)]),X(2,3,10,9))
put('channels_first_1d',lambda:Sequential([Input((3,10)),L.Conv1D(4,3,data_format='channels_first'),L.MaxPooling1D(2,data_format='channels_first'),L.SeparableConv1D(5,2,data_format='channels_first'),L.GlobalMaxPooling1D(data_format='channels_first')]),X(2,3,10))
put('channels_first_t',lambda:Sequential([Input((3,6,5)),L.Conv2DTranspose(4,3,strides=2,padding='same',data_format='channels_first'),L.UpSampling2D(2,data_format='channels_first'),L.Cropping2D(1,data_format='channels_first'),L.SeparableConv2D(3,3,data_format='channels_first'),L.AveragePooling2D(2,data_format='channels_first'),L.GlobalMaxPooling2D(data_format='channels_first',keepdims=True)]),X(2,3,6,5))
def m1():
    x=Input((4,)); y=L.Dense(4)(x)
    try: y2=L.Concatenate()([y])
    except Exception: y2=y
    try: y3=L.Add()([y])
    except Exception: y3=y
    return Model(x,L.Dense(2)(L.Add()([y,y2,y3,x])))
put('merge_one',m1,X(3,4))
def three():
    a,b,c=Input((4,)),Input((4,)),Input((4,)); return Model([a,b,c],L.Concatenate(axis=1)([L.Add()([a,b,c]),L.Average()([a,b,c]),L.Maximum()([a,b]),L.Minimum()([b,c]),L.Multiply()([a,b,c]),L.Subtract()([a,c]),L.Dot(axes=-1,normalize=True)([a,b])]))
put('merges3',three,X(3,4),X(3,4),X(3,4))
def bc():
    a,b=Input((5,4)),Input((1,4)); return Model([a,b],L.Multiply()([L.Add()([a,b]),L.Dense(1)(a)]))
put('merge_broadcast',bc,X(3,5,4),X(3,1,4))
def lk():
    x=Input((4,),dtype='int32'); y=L.IntegerLookup(vocabulary=[3,5,7,9],output_mode='int')(x); z=L.IntegerLookup(vocabulary=[3,5,7,9],output_mode='multi_hot',num_oov_indices=2)(x)
    w=L.Discretization(bin_boundaries=[0.,1.,2.])(L.Rescaling(.3)(x)); 
    return Model(x,L.Concatenate()([L.Flatten()(L.Embedding(6,3)(y)),z,L.Flatten()(L.Embedding(5,2)(w)),L.CategoryEncoding(12,output_mode='multi_hot')(x)]))
put('lookups',lk,I(11,3,4))
def nrm():
    n=L.Normalization(); n.adapt(X(50,4)*3+1); m=L.Normalization(mean=2.,variance=4.); k=L.Normalization(invert=True,axis=None,mean=1.,variance=2.)
    x=Input((4,)); return Model(x,L.Concatenate()([n(x),m(x),k(x)]))
put('normalization',nrm,X(3,4),fit=lambda m:None)
# optimisers
def comp(opt,loss='mse',**kw):
    def fit(m):
        m.compile(opt() if callable(opt) else opt,loss,**kw); m.fit(X(16,4),X(16,2),epochs=2,verbose=0,batch_size=4)
    return fit
seq=lambda: Sequential([Input((4,)),L.Dense(5,activation='relu'),L.BatchNormalization(),L.Dense(2)])
O=keras.optimizers
put('opt_accum',seq,X(3,4),fit=comp(lambda:O.AdamW(0.01,gradient_accumulation_steps=3,weight_decay=.01)))
put('opt_scale',seq,X(3,4),fit=comp(lambda:O.SGD(0.01,momentum=.9,nesterov=True,loss_scale_factor=128.)))
put('opt_lossscale',seq,X(3,4),fit=comp(lambda:O.LossScaleOptimizer(O.Adam(.01),initial_scale=1024.)))
put('opt_clip_sched',seq,X(3,4),fit=comp(lambda:O.RMSprop(O.schedules.CosineDecay(.1,100,warmup_target=.2,warmup_steps=10),clipnorm=1.,centered=True,momentum=.5)))
put('opt_lion',seq,X(3,4),fit=comp(lambda:O.Lion(O.schedules.PiecewiseConstantDecay([5,10],[.1,.05,.01]),global_clipnorm=1.),loss=keras.losses.Huber(delta=.5),metrics=['mae',keras.metrics.RootMeanSquaredError()]))
put('opt_muon',seq,X(3,4),fit=comp(lambda:O.Muon(.01)))
put('opt_adafactor',seq,X(3,4),fit=comp(lambda:O.Adafactor(.01)))
put('opt_ftrl',seq,X(3,4),fit=comp(lambda:O.Ftrl(.01,l1_regularization_strength=.01)))
put('opt_nadam',seq,X(3,4),fit=comp(lambda:O.Nadam(.01),loss='mae',metrics=['mse'],weighted_metrics=['mae'],loss_weights=None))
def two_loss(m):
    m.compile(O.Adam(O.schedules.ExponentialDecay(.01,100,.9,staircase=True)),{'a':'mse','b':keras.losses.BinaryCrossentropy(from_logits=True,label_smoothing=.1)},loss_weights={'a':.5,'b':2.},metrics={'b':['accuracy',keras.metrics.AUC()]}); m.fit(X(16,4),{'a':X(16,2),'b':I(2,16,1)},verbose=0)
def two():
    x=Input((4,)); h=L.Dense(5,activation='relu')(x); return Model(x,{'a':L.Dense(2,name='a')(h),'b':L.Dense(1,name='b')(h)})
put('two_losses_dict',two,X(3,4),fit=two_loss)
def two_():
    x=Input((4,)); h=L.Dense(5,activation='relu')(x); return Model(x,[L.Dense(2,name='a')(h),L.Dense(1,name='b')(h)])
def two_loss_l(m):
    m.compile('adam',['mse',keras.losses.BinaryCrossentropy(from_logits=True,label_smoothing=.1)],loss_weights=[.5,2.],metrics=[['mae'],['accuracy',keras.metrics.AUC()]]); m.fit(X(16,4),[X(16,2),I(2,16,1)],verbose=0)
put('two_losses_list',two_,X(3,4),fit=two_loss_l)
def frz():
    base=Sequential([Input((6,)),L.Dense(4),L.BatchNormalization(),L.Dense(3)],name='base'); base.layers[1].trainable=False; base.layers[0].trainable=False
    i=Input((6,)); h=base(i); b2=Model(i,L.Dense(4)(L.BatchNormalization()(L.Dense(4)(i))),name='frozen_all'); b2.trainable=False
    return Model(i,L.Dense(2)(L.Concatenate()([h,b2(i)])))
put('frozen_parts',frz,X(3,6))
def frz4():
    base=Sequential([Input((4,)),L.Dense(4),L.BatchNormalization(),L.Dense(3)],name='base'); base.trainable=False
    i=Input((4,)); return Model(i,L.Dense(2)(base(i,training=False)))
put('frozen_fit',frz4,X(3,4),fit=comp('adam'))
def tied():
    x=Input((6,),dtype='int32'); e=L.ReversibleEmbedding(9,4,tie_weights=True); h=L.Dense(4,activation='tanh')(e(x)); return Model(x,e(h,reverse=True))
put('tied',tied,I(9,3,6))
def opsg():
    x=Input((5,4)); y=Input((5,4))
    a=ops.concatenate([x,y*2],axis=-1); b=ops.mean(a,axis=1,keepdims=True); c=ops.softmax(a-b,axis=-1); d=c[:,1:4,::2]; e=ops.reshape(d,(-1,12)); f=ops.where(e>0.1,e,ops.zeros_like(e)); g=ops.stack([f,ops.exp(-f)],axis=-1); h=ops.squeeze(ops.max(g,axis=-1,keepdims=True),-1)
    i,j=ops.split(x,2,axis=-1); k=ops.sum(i*j,axis=(1,2)); l=ops.expand_dims(k,-1); m=ops.matmul(x,ops.transpose(y,(0,2,1))); n=ops.sum(m,axis=-1); o=ops.sigmoid(n)**2; 
    q=ops.argmax(x,axis=-1); r=ops.one_hot(q,4); s=ops.cast(q,'float32'); t=ops.tile(l,[1,3]); u=ops.repeat(l,2,axis=1); v=ops.power(ops.abs(x[...,0])+1,0.5); w=ops.logical_and(x>0,y>0); z=ops.cast(w,'float32')
    return Model([x,y],L.Concatenate()([h,l,o,s,t,u,v,L.Flatten()(z),L.Flatten()(r),ops.rsqrt(1+x[:,0]**2),x[:,-1],ops.clip(x[:,2],-1,1),ops.minimum(x[:,1],y[:,1]),1/(2+ops.abs(x[:,0])),ops.log(1+ops.abs(x[:,0])), ops.floor(x[:,3]), ops.sign(x[:,3]), ops.std(x,axis=1), ops.var(x,axis=2)]))
put('ops_graph',opsg,X(2,5,4),X(2,5,4))
def ops3():
    x=Input((4,6)); return Model(x,[ops.swapaxes(x,1,2),ops.roll(x,1,axis=1),ops.erf(x),ops.add(x,1.0),ops.prod(x,axis=-1),ops.amax(x,axis=1),ops.square(x),ops.flip(x,axis=1),ops.logsumexp(x,axis=-1),ops.leaky_relu(x,.1),ops.normalize(x,axis=-1),ops.silu(x)])
put('ops_more',ops3,X(2,4,6))
def mhat():
    x=Input((5,8)); m=Input((5,),dtype='bool'); y=L.MultiHeadAttention(2,4)(x,x,attention_mask=m[:,None,:]) ; return Model([x,m],y)
put('mha_mask',mhat,X(2,5,8),np.array([[1,1,1,0,0],[1,1,1,1,1]],'bool'))
def mhas():
    x=Input((5,8)); y,s=L.MultiHeadAttention(2,4,attention_axes=(1,))(x,x,return_attention_scores=True); return Model(x,[y,s])
put('mha_scores',mhas,X(2,5,8))
def vit():
    x=Input((16,16,3)); p=L.Conv2D(12,4,strides=4)(x); p=L.Reshape((16,12))(p); e=L.Embedding(16,12)(ops.arange(16)); h=p+e
    for _ in range(2):
        a=L.LayerNormalization(epsilon=1e-6)(h); a=L.MultiHeadAttention(3,4,dropout=.1)(a,a); h=L.Add()([h,a]); b=L.LayerNormalization(epsilon=1e-6)(h); b=L.Dense(24,activation='gelu')(b); b=L.Dropout(.1)(b); b=L.Dense(12)(b); h=L.Add()([h,b])
    return Model(x,L.Dense(5)(L.GlobalAveragePooling1D()(h)))
put('vit',vit,X(2,16,16,3))
def unet():
    x=Input((16,16,3)); a=L.Conv2D(4,3,padding='same',activation='relu')(x); b=L.MaxPooling2D()(a); b=L.Conv2D(8,3,padding='same',activation='relu')(b); c=L.Conv2DTranspose(4,2,strides=2)(b); return Model(x,L.Conv2D(1,1,activation='sigmoid')(L.Concatenate()([a,c])))
put('unet',unet,X(2,16,16,3))
def built(m,s): m.build(s); return m
put('seq_no_input',lambda:built(Sequential([L.Dense(4,activation='relu'),L.Dense(2)]),(None,5)),X(3,5))
put('batch_shape',lambda:Sequential([Input(batch_shape=(2,5,3)),L.LSTM(4,stateful=True,return_sequences=True),L.Dense(2)]),X(2,5,3))
put('convlstm',lambda:Sequential([Input((3,6,6,2)),L.ConvLSTM2D(3,3,padding='same',return_sequences=True),L.BatchNormalization(),L.ConvLSTM2D(2,3,dilation_rate=2,padding='same'),L.Flatten()]),X(2,3,6,6,2))
put('td_cnn_lstm',lambda:Sequential([Input((3,8,8,2)),L.TimeDistributed(L.Conv2D(3,3,activation='relu')),L.TimeDistributed(L.MaxPooling2D()),L.TimeDistributed(L.BatchNormalization()),L.TimeDistributed(L.Flatten()),L.LSTM(4,dropout=.2),L.Dense(2)]),X(2,3,8,8,2))
put('td_td',lambda:Sequential([Input((3,4,5)),L.TimeDistributed(L.TimeDistributed(L.Dense(2))),L.TimeDistributed(L.Bidirectional(L.LSTM(3))),L.Bidirectional(L.GRU(2,reset_after=False))]),X(2,3,4,5))
put('aug',lambda:Sequential([Input((8,8,3)),L.Rescaling(1/255.),L.RandomFlip('horizontal'),L.RandomRotation(.1),L.RandomZoom(.1),L.RandomContrast(.1),L.RandomTranslation(.1,.1),L.Resizing(6,6),L.CenterCrop(4,4),L.Flatten(),L.Dense(2)]),X(2,8,8,3)*100)
put('inits',lambda:Sequential([Input((4,)),L.Dense(4,kernel_initializer=keras.initializers.RandomNormal(stddev=.1,seed=3),bias_initializer=keras.initializers.Constant(.1),kernel_regularizer=keras.regularizers.L1L2(.1,.2),activity_regularizer='l2',kernel_constraint=keras.constraints.MinMaxNorm(.1,1.),bias_constraint='non_neg'),L.Dense(4,kernel_initializer=keras.initializers.VarianceScaling(2.,'fan_out','uniform'),kernel_regularizer=keras.regularizers.OrthogonalRegularizer(.01)),L.Dense(4,kernel_initializer=keras.initializers.Orthogonal(.5)),L.Dense(2,kernel_initializer=keras.initializers.LecunNormal())]),X(3,4))
put('names',lambda:(lambda x:Model(x,L.Dense(2,name='out.put-1')(L.Dense(3,name='a b c')(L.Dense(3,name='struct')(L.Dense(4,name='Ünï_1')(x)))),name='my model-2'))(Input((4,),name='in put')),X(3,4))
def lora():
    m=Sequential([Input((4,)),L.Dense(5),L.Dense(3)]); m.layers[0].enable_lora(2); return m
put('lora',lora,X(3,4),fit=lambda m:None)
put('spectral',lambda:Sequential([Input((6,6,2)),L.SpectralNormalization(L.Conv2D(4,3)),L.Flatten(),L.SpectralNormalization(L.Dense(2),power_iterations=2)]),X(2,6,6,2))
put('sepconv_dil',lambda:Sequential([Input((12,12,3)),L.SeparableConv2D(4,3,dilation_rate=2,depth_multiplier=2,activation='relu'),L.Conv2D(6,(1,3),groups=2,strides=(1,2),padding='same'),L.DepthwiseConv2D((3,1),dilation_rate=(2,2)) ,L.GlobalMaxPooling2D()]),X(2,12,12,3))
put('ct_dil',lambda:Sequential([Input((6,3)),L.Conv1DTranspose(4,3,strides=2,output_padding=1,padding='same'),L.Conv1DTranspose(2,3,dilation_rate=2)]),X(2,6,3))
put('bn_axis',lambda:Sequential([Input((4,5,3)),L.BatchNormalization(axis=2,momentum=.9,epsilon=.01),L.LayerNormalization(axis=(1,3)),L.GroupNormalization(3,axis=-1),L.UnitNormalization(axis=1),L.Softmax(axis=[1,2])]),X(2,4,5,3))
def masks():
    x=Input((6,),dtype='int32'); e=L.Embedding(9,4,mask_zero=True)(x); a=L.Bidirectional(L.GRU(3,return_sequences=True))(e); b=L.TimeDistributed(L.Dense(2))(a); c=L.GlobalAveragePooling1D()(b); d=L.LSTM(3)(L.Concatenate()([e,a])); f=L.Attention()([e,e]); g=L.MultiHeadAttention(2,2)(e,e); h=L.LSTM(2)(L.Dropout(.1)(L.Add()([f,g])))
    return Model(x,L.Concatenate()([c,d,h]))
put('masks',masks,np.array([[1,2,3,0,0,0],[4,0,5,6,0,0],[1,2,3,4,5,6]],'int32'))
def same_twice():
    x=Input((4,)); d=L.Dense(4); a=d(x); b=d(a); c=d(b); return Model(x,[a,c,b,c])
put('outputs_twice',same_twice,X(3,4))
def in_out():
    x=Input((4,)); y=Input((3,)); return Model([x,y],[L.Dense(2)(x),y,x])
put('input_is_output',in_out,X(3,4),X(3,3))
put('gqa',lambda:(lambda x:Model(x,L.GroupQueryAttention(4,4,2)(x,x,use_causal_mask=True)))(Input((5,8))),X(2,5,8))
def sl():
    x=Input((6,4)); a=x[:,0]; b=x[:,1:3]; c=x[:,:, -1]; d=x[:, None, 2]; return Model(x,L.Concatenate()([a,L.Flatten()(b),c,L.Flatten()(d)]))
put('slices',sl,X(2,6,4))
def wh():
    x=Input((4,)); return Model(x,ops.multiply(ops.cast(x>0,'float32'),x)+ops.maximum(0.,x))
put('cond',wh,X(3,4))

def shards():
    name='sharded'
    if only and name not in only or what=='check': return
    keras.utils.set_random_seed(2)
    m=Sequential([Input((8,),name='in'),L.Dense(64,activation='relu'),L.Dense(64),L.BatchNormalization(),L.Dense(3)]); x=X(3,8)
    m.save(f'{out}/{name}.keras'); m.save_weights(f'{out}/{name}.weights.json',max_shard_size=1e-5)
    np.savez(f'{out}/{name}_io.npz',input_0=x,output_0=np.asarray(m(x))); made.append(name)
try: shards()
except Exception as e: print('sharded FAIL',repr(e)[:300])
if what=='make' and not only: open(f'{out}/list.txt','w').write('\n'.join(made)+'\n')
def check():
    import jax
    for name in (only or open(f'{out}/list.txt').read().split()):
        try:
            a,b=[keras.models.load_model(f'{out}/{name}{e}.keras') for e in ['','_ours']]
            io=np.load(f'{out}/{name}_io.npz'); xs=[io[f'input_{i}'] for i in range(len(a.inputs))]
            for m in ['keras','weights']:
                if m=='weights':
                    b.set_weights([w*0 if w.dtype.kind=='f' else w for w in b.get_weights()]); b.load_weights(f'{out}/{name}_ours.weights.h5')
                # Of LoRA the kernel is written with the factors in it.
                w=0 if name=='lora' else max([np.abs(np.asarray(v,'float32')-np.asarray(w,'float32')).max() for v,w in zip(a.get_weights(),b.get_weights(),strict=True) if v.size],default=0)
                if w>0: print(name,m,'weights',w)
                ys=jax.tree_util.tree_leaves(b.predict(xs if len(xs)>1 else xs[0],verbose=0))
                for i,y in enumerate(ys):
                    t=io[f'output_{i}']; d=np.abs(np.asarray(y,'float32')-t).max()/max(np.abs(t).max(),1e-30)
                    if not d<=(2e-2 if '16' in name else 1e-5): print(name,m,'output',i,d)
            a,b=[getattr(m,'optimizer',None) for m in (a,b)]
            # What Rust has loaded and not compiled is written without an optimiser.
            if a is not None and b is not None and a.built:
                for u,v in zip(a.variables,b.variables,strict=True):
                    if np.abs(np.asarray(u)-np.asarray(v)).max()>0: print(name,'state',u.path,v.path)
                if a.get_config()!=b.get_config(): print(name,a.get_config(),b.get_config())
        except Exception as e: print(name,'CHECK',repr(e)[:500])
if what=='check': check()
