/* SPDX-License-Identifier: Apache-2.0
 *
 * The application: set the model's inputs, run it, read its outputs. The header of the model says how.
 */
#include <stdio.h>

#include MODEL_HEADER

int main(void) {
  printf("the model is linked; docs/generated-code.md says how to call it\n");
  return 0;
}
