# Loads with real Keras what `keras convert` wrote of the files of make_files.py, and compares outputs and summaries:
# python check_files.py FOLDER CONVERTED
import os, sys, glob
os.environ['KERAS_BACKEND']='jax'
import numpy as np, keras
keras.config.enable_unsafe_deserialization()
src,dst=sys.argv[1:3]
for p in sorted(glob.glob(src+'/*_io.npz')):
    n=os.path.basename(p)[:-7]; k=f'{dst}/{n}.keras'
    if not os.path.exists(k): print(n,'MISSING'); continue
    z=np.load(p); xs=[z[f'input_{i}'] for i in range(9) if f'input_{i}' in z]; ys=[z[f'output_{i}'] for i in range(9) if f'output_{i}' in z]
    try:
        m=keras.models.load_model(k)
        y=m.predict(xs if len(xs)>1 else xs[0],verbose=0); y=y if isinstance(y,(list,tuple)) else [y]
        d=[float(np.abs(a-b).max()/max(1e-30,np.abs(b).max())) for a,b in zip(y,ys)]
        s=''
        orig=f'{src}/{n}.keras'
        if os.path.exists(orig):
            a,b=[],[]
            m.summary(print_fn=lambda t,**k:a.append(t)); keras.models.load_model(orig,compile=False).summary(print_fn=lambda t,**k:b.append(t))
            s='summary same' if a==b else 'SUMMARY DIFFERS'
            if a!=b: print('\n'.join(a)); print('\n'.join(b))
            m.load_weights(f'{dst}/{n}.weights.h5')
            y=m.predict(xs if len(xs)>1 else xs[0],verbose=0); y=y if isinstance(y,(list,tuple)) else [y]
            d+= [float(np.abs(a-b).max()/max(1e-30,np.abs(b).max())) for a,b in zip(y,ys)]
        print(n, 'OK' if max(d)<1e-5 and len(y)==len(ys) else 'WRONG', d, s)
    except Exception as e: print(n,'FAIL',type(e).__name__,str(e)[:1500])
