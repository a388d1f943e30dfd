"""Sources for an IDE of one's own: the files of the archive, and headers, for any C compiler."""

import pathlib
import shutil
import subprocess
import sys
import tarfile

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.relay.backend import Executor, Runtime

folder = pathlib.Path(sys.argv[1])
x = relay.var("features", shape=(1, 6))
w = relay.var("w", shape=(3, 6))
mod = tvm.IRModule.from_expr(relay.Function([x, w], relay.nn.softmax(relay.nn.dense(x, w))))
params = {"w": np.linspace(-1, 1, 18, dtype="float32").reshape(3, 6)}
with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}):
    module = relay.build(
        mod,
        target=tvm.target.target.micro("nrf5340dk"),
        runtime=Runtime("crt"),
        executor=Executor("aot", {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": 16}),
        params=params,
    )
tar = tvm.micro.export_model_library_format(module, folder / "model.tar")
sources = folder / "model"
with tarfile.open(tar) as archive:
    archive.extractall(sources)
shutil.copytree(pathlib.Path(tvm.micro.get_standalone_crt_dir()) / "include", folder / "crt")

(folder / "main.c").write_text(
    """#include <stdio.h>
#include "tvmgen_default.h"
int main(void) {
  static float features[6] = {1, 2, 3, 4, 5, 6};
  static float result[3];
  struct tvmgen_default_inputs inputs = {features};
  struct tvmgen_default_outputs outputs = {result};
  int error = (int)tvmgen_default_run(&inputs, &outputs);
  printf("%.6f %.6f %.6f\\n", (double)result[0], (double)result[1], (double)result[2]);
  return error;
}
"""
)
host = sources / "codegen" / "host"
program = folder / "program"
command = ["cc", "-std=c99", f"-I{host / 'include'}", f"-I{folder / 'crt'}", "-o", str(program), str(folder / "main.c")]
subprocess.run([*command, *map(str, sorted((host / "src").glob("*.c"))), "-lm"], check=True)
printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
features = np.arange(1, 7, dtype="float32").reshape(1, 6)
expected = relay.create_executor("debug", mod=mod, params=params).evaluate()(features)
tvm.testing.assert_allclose([float(word) for word in printed.split()], expected.numpy()[0], rtol=1e-4, atol=1e-6)
print("OK")
