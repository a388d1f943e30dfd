# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from tvm_model_library.relay.script.op.qnn import op as op
