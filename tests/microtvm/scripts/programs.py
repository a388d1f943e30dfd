"""Programs with more than operators: let, if, functions that call others, run by relay.create_executor."""

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay

# Factorial, by a function that calls itself.
mod = tvm.IRModule()
fact = relay.GlobalVar("fact")
n = relay.var("n", shape=(), dtype="int32")
sb = relay.ScopeBuilder()
one = relay.const(1, "int32")
rest = sb.let("rest", relay.Call(fact, [n - one]))
sb.ret(n * rest)
mod[fact] = relay.Function([n], relay.If(relay.less(n, one), one, sb.get()), relay.scalar_type("int32"))
m = relay.var("m", shape=(), dtype="int32")
mod["main"] = relay.Function([m], relay.Call(fact, [m]))
run = relay.create_executor("debug", mod=mod).evaluate()
assert run(5).numpy() == 120

# Several results, and names of fields.
x = relay.var("x", relay.TensorType((6,), "float32"))
values, indices = relay.topk(x, k=2)
parts = relay.split(x, 3)
pair = relay.Tuple([values, relay.TupleGetItem(parts.astuple(), 1), indices])
sample = np.array([3, 1, 4, 1, 5, 9], "float32")
got = relay.create_executor("graph").evaluate(relay.Function([x], pair))(sample)
assert [g.numpy().tolist() for g in got] == [[9, 5], [4, 1], [5, 4]]

# An expression without variables is computed at once.
total = relay.sum(relay.const(np.arange(5), "int32") + 1)
assert relay.create_executor("debug").evaluate(total).numpy() == 15

# A parameter that becomes part of the program.
y = relay.var("y", shape=(6,))
function = relay.Function([x, y], relay.maximum(x, y) - relay.minimum(x, y))
bound = relay.build_module.bind_params_by_name(function, {"y": np.full(6, 2, "float32")})
assert [p.name_hint for p in bound.params] == ["x"]
difference = relay.create_executor("aot", tvm.IRModule.from_expr(bound)).evaluate()(sample)
assert difference.numpy().tolist() == [1, 1, 2, 1, 3, 7]
print("OK")
