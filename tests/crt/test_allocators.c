/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/crt/page_allocator.h>
#include <tvm/runtime/crt/stack_allocator.h>
#include <tvm/runtime/crt/workspace.h>

#include "check.h"

static const DLDevice cpu = {kDLCPU, 0};
static uint8_t pool[64 * 1024] __attribute__((aligned(64)));

static MemoryManagerInterface* new_manager(size_t bytes, size_t page_log2) {
  MemoryManagerInterface* manager = NULL;
  CHECK_EQUAL(PageMemoryManagerCreate(&manager, pool, bytes, page_log2), 0);
  return manager;
}

static size_t largest_block(MemoryManagerInterface* manager) {
  size_t low = 0;
  size_t high = sizeof pool;
  while (low < high) {
    size_t middle = (low + high + 1) / 2;
    void* block = NULL;
    if (manager->Allocate(manager, middle, cpu, &block) == 0) {
      CHECK_EQUAL(manager->Free(manager, block, cpu), 0);
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

static void pages_join_again(void) {
  MemoryManagerInterface* manager = new_manager(sizeof pool, 6);
  size_t all = largest_block(manager);
  void* blocks[64];
  CHECK_THAT(all > sizeof pool * 3 / 4);
  for (size_t order = 0; order < 3; order++) {
    for (size_t i = 0; i < 64; i++) {
      CHECK_EQUAL(manager->Allocate(manager, 100 + 7 * i, cpu, &blocks[i]), 0);
      memset(blocks[i], (int)i, 100 + 7 * i);
    }
    for (size_t i = 0; i < 64; i++) {
      size_t which = order == 0 ? i : order == 1 ? 63 - i : (i * 37) % 64;
      CHECK_THAT(((uint8_t*)blocks[which])[99 + 7 * which] == which);
      CHECK_EQUAL(manager->Free(manager, blocks[which], cpu), 0);
    }
    CHECK_EQUAL(manager->vleak_size, 0);
    CHECK_EQUAL(largest_block(manager), all);
  }
}

static void pages_do_not_overlap(void) {
  enum { SLOTS = 40 };
  MemoryManagerInterface* manager = new_manager(sizeof pool, 4);
  size_t all = largest_block(manager);
  uint8_t* blocks[SLOTS] = {NULL};
  size_t sizes[SLOTS] = {0};
  uint32_t random = 12345;
  for (int step = 0; step < 50000; step++) {
    random = random * 1664525U + 1013904223U;
    size_t slot = (random >> 8) % SLOTS;
    if (blocks[slot] != NULL) {
      for (size_t i = 0; i < sizes[slot]; i++) {
        if (blocks[slot][i] != (uint8_t)slot) {
          CHECK_EQUAL(blocks[slot][i], slot); /* another block wrote here */
          return;
        }
      }
      CHECK_EQUAL(manager->Free(manager, blocks[slot], cpu), 0);
      blocks[slot] = NULL;
    } else {
      void* block = NULL;
      sizes[slot] = (random >> 16) % 3000;
      if (manager->Allocate(manager, sizes[slot], cpu, &block) == 0) {
        blocks[slot] = block;
        CHECK_THAT((uintptr_t)block % 16 == 0);
        memset(block, (int)slot, sizes[slot]);
      }
    }
  }
  for (size_t slot = 0; slot < SLOTS; slot++) {
    if (blocks[slot] != NULL) {
      CHECK_EQUAL(manager->Free(manager, blocks[slot], cpu), 0);
    }
  }
  CHECK_EQUAL(largest_block(manager), all);
}

static void pages_refuse_bad_frees(void) {
  MemoryManagerInterface* manager = new_manager(8192, 6);
  uint8_t other[64];
  void* block = NULL;
  CHECK_EQUAL(manager->Allocate(manager, 200, cpu, &block), 0);
  CHECK_EQUAL(manager->Free(manager, (uint8_t*)block + 1, cpu), kTvmErrorPlatformBadFree);
  CHECK_EQUAL(manager->Free(manager, (uint8_t*)block + 64, cpu), kTvmErrorPlatformBadFree);
  CHECK_EQUAL(manager->Free(manager, other, cpu), kTvmErrorPlatformBadFree);
  CHECK_EQUAL(manager->Free(manager, NULL, cpu), kTvmErrorPlatformBadFree);
  CHECK_EQUAL(manager->Free(manager, block, cpu), 0);
  CHECK_EQUAL(manager->Free(manager, block, cpu), kTvmErrorPlatformBadFree);
  CHECK_EQUAL(manager->Allocate(manager, SIZE_MAX, cpu, &block), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(manager->Allocate(manager, 8192, cpu, &block), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(manager->Allocate(manager, 0, cpu, &block), 0);
  CHECK_EQUAL(manager->vleak_size, 1);
}

static void pages_fit_any_pool(void) {
  for (size_t bytes = 0; bytes < 4096; bytes += 13) {
    MemoryManagerInterface* manager = NULL;
    memset(pool, 0x33, sizeof pool);
    if (PageMemoryManagerCreate(&manager, pool + 5, bytes, 5) == 0) {
      void* block = NULL;
      while (manager->Allocate(manager, 32, cpu, &block) == 0) {
        CHECK_THAT((uintptr_t)block % 32 == 0 && (uint8_t*)block + 32 <= pool + 5 + bytes);
        memset(block, 1, 32);
      }
    } else {
      CHECK_THAT(bytes < 2048);
    }
    CHECK_THAT(pool[4] == 0x33 && pool[5 + bytes] == 0x33);
  }
  MemoryManagerInterface* manager = NULL;
  CHECK_EQUAL(PageMemoryManagerCreate(&manager, pool, sizeof pool, 3), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(PageMemoryManagerCreate(&manager, pool, sizeof pool, 31), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(PageMemoryManagerCreate(&manager, pool, sizeof pool, 20), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(PageMemoryManagerCreate(&manager, NULL, 9, 6), kTvmErrorFunctionCallInvalidArg);
}

static void stack_is_last_in_first_out(void) {
  tvm_workspace_t stack;
  for (int check = 0; check < 2; check++) {
    void* a = NULL;
    void* b = NULL;
    void* c = NULL;
    CHECK_EQUAL(StackMemoryManager_Init(&stack, pool, 256), 0);
    CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 1, &a, (uint8_t)check), 0);
    CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 33, &b, (uint8_t)check), 0);
    CHECK_THAT((uintptr_t)a % 16 == 0 && (uintptr_t)b % 16 == 0 && (uint8_t*)b >= (uint8_t*)a + 16);
    memset(a, 0xff, 1);
    memset(b, 0xff, 33);
    CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 1000, &c, (uint8_t)check), kTvmErrorPlatformNoMemory);
    CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, -1, &c, (uint8_t)check), kTvmErrorFunctionCallInvalidArg);
    CHECK_THAT(c == NULL);
    CHECK_EQUAL(StackMemoryManager_Free_Body(&stack, (uint8_t*)b + 1, (uint8_t)check), kTvmErrorPlatformStackAllocBadFree);
    CHECK_EQUAL(StackMemoryManager_Free_Body(&stack, pool + 512, (uint8_t)check), kTvmErrorPlatformStackAllocBadFree);
    if (check != 0) {
      CHECK_EQUAL(StackMemoryManager_Free_Body(&stack, a, 1), kTvmErrorPlatformStackAllocBadFree);
    }
    CHECK_EQUAL(StackMemoryManager_Free_Body(&stack, b, (uint8_t)check), 0);
    CHECK_EQUAL(StackMemoryManager_Free_Body(&stack, a, (uint8_t)check), 0);
    CHECK_THAT(stack.next_alloc == stack.workspace);
  }
}

static void stack_uses_every_byte_of_aligned_memory(void) {
  tvm_workspace_t stack;
  void* block = NULL;
  CHECK_EQUAL(StackMemoryManager_Init(&stack, pool, 104), 0);
  CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 64, &block, 0), 0);
  CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 40, &block, 0), 0);
  CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 1, &block, 0), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(StackMemoryManager_Init(&stack, pool + 3, 29), 0);
  CHECK_THAT(stack.workspace == pool + 16 && stack.workspace_size == 16);
  CHECK_EQUAL(StackMemoryManager_Init(&stack, pool + 3, 5), 0);
  CHECK_EQUAL(stack.workspace_size, 0);
  CHECK_EQUAL(StackMemoryManager_Allocate_Body(&stack, 1, &block, 0), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(StackMemoryManager_Init(NULL, pool, 5), kTvmErrorFunctionCallInvalidArg);
}

static void kernels_get_their_workspace(void) {
  CHECK_THAT(TVMBackendAllocWorkspace(kDLCPU, 0, 16, 0, 8) == NULL); /* nobody gave any memory */
  CHECK_EQUAL(TVMWorkspaceInit(pool, 256), 0);
  void* a = TVMBackendAllocWorkspace(kDLCPU, 0, 100, 0, 8);
  void* b = TVMBackendAllocWorkspace(kDLCPU, 0, 100, 2, 32);
  CHECK_THAT(a != NULL && b != NULL && (uintptr_t)b % 16 == 0);
  CHECK_THAT(TVMBackendAllocWorkspace(kDLCPU, 0, 100, 0, 8) == NULL);
  CHECK_THAT(TVMBackendAllocWorkspace(kDLCPU, 0, UINT64_MAX, 0, 8) == NULL);
  CHECK_EQUAL(TVMBackendFreeWorkspace(kDLCPU, 0, b), 0);
  CHECK_EQUAL(TVMBackendFreeWorkspace(kDLCPU, 0, a), 0);
  CHECK_EQUAL(TVMWorkspacePeak(), 224);
  CHECK_EQUAL(TVMWorkspaceInit(NULL, 0), 0);
}

int main(void) {
  RUN_TEST(pages_join_again);
  RUN_TEST(pages_do_not_overlap);
  RUN_TEST(pages_refuse_bad_frees);
  RUN_TEST(pages_fit_any_pool);
  RUN_TEST(stack_is_last_in_first_out);
  RUN_TEST(stack_uses_every_byte_of_aligned_memory);
  RUN_TEST(kernels_get_their_workspace);
  return TESTS_END();
}
