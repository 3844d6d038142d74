# Parts of tensors taken and put, by Keras 3 on TensorFlow, which takes -1 as a length: python make_file_functions_parts.py FOLDER.
import os, sys
os.environ["KERAS_BACKEND"]="tensorflow"; os.environ["TF_CPP_MIN_LOG_LEVEL"]="3"
import numpy as np, keras
from keras import ops
out=sys.argv[1]; rng=np.random.default_rng(4)
x=keras.Input((4,6),name="x")
ys=[ops.slice(x,(0,1,2),(-1,2,3)), ops.slice(x,[0,0,5],[-1,-1,1]), ops.slice_update(x,(0,1,2),x[:, :2,:3]), ops.slice_update(x,[0,0,0],ops.zeros_like(x)[:, 1:])]
m=keras.Model(x,ys); m.save(f"{out}/functions_parts.keras")
v=rng.normal(size=(2,4,6)).astype("float32")
np.savez(f"{out}/functions_parts_io.npz",input_0=v,**{f"output_{i}":np.asarray(y) for i,y in enumerate(m(v))})
