/* SPDX-License-Identifier: Apache-2.0
 *
 * Keyword spotting on bare metal: features in, word out. No heap, no file system; of the C library only a few functions.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "labels.h"
#include "recording.h"
#include "tvmgen_kws.h"

_Static_assert(TVMGEN_KWS_INPUT_1_SIZE == NUM_FEATURES, "the model takes other features");
_Static_assert(TVMGEN_KWS_IDENTITY_SIZE == NUM_LABELS, "the model has other labels");

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static void print_number(int32_t number) {
  char digits[12];
  size_t place = sizeof digits - 1;
  digits[place] = '\0';
  uint32_t rest = number < 0 ? 0u - (uint32_t)number : (uint32_t)number;
  do {
    digits[--place] = (char)('0' + rest % 10u);
    rest /= 10u;
  } while (rest != 0u);
  if (number < 0) {
    digits[--place] = '-';
  }
  board_print(&digits[place]);
}

/* Where a product reads its microphone and computes the features. */
static void next_features(int8_t* features) { memcpy(features, recording, NUM_FEATURES); }

int main(void) {
  static int8_t features[NUM_FEATURES];
  static int8_t scores[NUM_LABELS];
  struct tvmgen_kws_inputs inputs = {.input_1 = features};
  struct tvmgen_kws_outputs outputs = {.Identity = scores};

  for (int utterance = 0; utterance < 3; ++utterance) { /* for ever, in a product */
    next_features(features);
    const uint32_t start = board_microseconds();
    const int32_t status = tvmgen_kws_run(&inputs, &outputs);
    const uint32_t duration = board_microseconds() - start;
    if (status != 0) {
      board_print("the model failed with ");
      print_number(status);
      board_print("\n");
      return 1;
    }
    size_t best = 0;
    for (size_t i = 1; i < NUM_LABELS; ++i) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    board_print("heard ");
    board_print(labels[best]);
    board_print(" (score ");
    print_number(scores[best]);
    board_print(" of -128 to 127)\n  in ");
    print_number((int32_t)duration);
    board_print(" us, arena " TEXT(TVMGEN_KWS_ARENA_SIZE) " bytes, stack ");
    print_number((int32_t)board_stack_used());
    board_print(" of ");
    print_number((int32_t)board_stack_size());
    board_print(" bytes\n");
  }
  return 0;
}
