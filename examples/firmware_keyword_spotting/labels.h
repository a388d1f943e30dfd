/* SPDX-License-Identifier: Apache-2.0
 *
 * The classes of MLPerf Tiny's keyword spotting model, in the order of its outputs.
 */
#ifndef LABELS_H_
#define LABELS_H_

#define NUM_LABELS 12

static const char* const labels[NUM_LABELS] = {
    "down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown",
};

#endif /* LABELS_H_ */
