/* SPDX-License-Identifier: Apache-2.0 */
#include "checksum.h"

#include "element.h"

/* The remainders of the 16 values of four bits, by the reflected polynomial 0xedb88320. */
static const uint32_t remainders[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t harness_checksum(const void* data, size_t nbytes, uint8_t bits) {
  uint32_t crc = UINT32_MAX;
  size_t size = bits / 8U;
  for (size_t at = 0; at < nbytes; at += size) {
    uint64_t element = harness_load_bits((const uint8_t*)data + at, bits);
    for (uint8_t i = 0; i < bits; i = (uint8_t)(i + 8)) {
      crc ^= (uint32_t)(element >> i) & 0xffU;
      crc = crc >> 4 ^ remainders[crc & 0xfU];
      crc = crc >> 4 ^ remainders[crc & 0xfU];
    }
  }
  return ~crc;
}

const char* harness_wrong_constant(const tvm_harness_model_t* model) {
  for (size_t i = 0; model->constants != NULL && i < model->constants->count; i++) {
    const tvm_harness_constant_t* constant = &model->constants->first[i];
    if (harness_checksum(constant->data, constant->nbytes, constant->bits) != constant->checksum) {
      return constant->name;
    }
  }
  return NULL;
}
