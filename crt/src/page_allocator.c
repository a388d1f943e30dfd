/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory is cut into pages; a block is a run of pages. Each page has a descriptor. The first page of a run holds the
 * run's length and whether it is free; the last page of a free run holds the length, too, so that a freed run finds a
 * free one before it. Free runs are listed by size class, eight classes to a power of two, and a bit mask of
 * classes that aren't empty finds a run that is surely large enough without a search.
 */
#include <string.h>
#include <tvm/runtime/crt/page_allocator.h>

#define NO_PAGE UINT32_MAX
#define CLASS_BITS 3 /* classes per power of two: 1 << CLASS_BITS */
#define NUM_CLASSES 256
#define MAX_PAGES (UINT32_C(1) << 30)
#define MAX_ALIGNMENT 64

enum { INSIDE = 0, USED_RUN = 1, FREE_RUN = 2, FREE_END = 3 };

typedef struct {
  uint32_t state : 2;
  uint32_t length : 30; /* pages, of the run that begins or ends here */
  uint32_t next;        /* in the list of free runs of the class */
  uint32_t previous;
} page_t;

typedef struct {
  MemoryManagerInterface interface; /* first: the interface is the manager */
  uint8_t* data;
  uint32_t num_pages;
  uint32_t page_bytes_log2;
  uint32_t heads[NUM_CLASSES];
  uint32_t occupied[NUM_CLASSES / 32]; /* a bit per class that has runs */
  page_t pages[];                      /* num_pages of them */
} manager_t;

static uint32_t floor_log2(uint32_t value) {
  uint32_t result = 0;
  while (value > 1) {
    value >>= 1;
    result++;
  }
  return result;
}

/* The class of runs of a length: exact up to 8 pages, then the three bits behind the highest one. */
static uint32_t class_of(uint32_t length) {
  uint32_t log2 = floor_log2(length);
  if (log2 < CLASS_BITS) {
    return length;
  }
  return ((log2 - CLASS_BITS + 1) << CLASS_BITS) + (length >> (log2 - CLASS_BITS) & ((1U << CLASS_BITS) - 1));
}

/* The first class all of whose runs have at least that length. */
static uint32_t class_for(uint32_t length) {
  uint32_t log2 = floor_log2(length);
  if (log2 < CLASS_BITS) {
    return length;
  }
  uint32_t step = UINT32_C(1) << (log2 - CLASS_BITS);
  return class_of(length + step - 1);
}

static void list_run(manager_t* manager, uint32_t page) {
  uint32_t class = class_of(manager->pages[page].length);
  uint32_t head = manager->heads[class];
  manager->pages[page].next = head;
  manager->pages[page].previous = NO_PAGE;
  if (head != NO_PAGE) {
    manager->pages[head].previous = page;
  }
  manager->heads[class] = page;
  manager->occupied[class / 32] |= UINT32_C(1) << class % 32;
}

static void unlist_run(manager_t* manager, uint32_t page) {
  const page_t* run = &manager->pages[page];
  if (run->next != NO_PAGE) {
    manager->pages[run->next].previous = run->previous;
  }
  if (run->previous != NO_PAGE) {
    manager->pages[run->previous].next = run->next;
    return;
  }
  uint32_t class = class_of(run->length);
  manager->heads[class] = run->next;
  if (run->next == NO_PAGE) {
    manager->occupied[class / 32] &= ~(UINT32_C(1) << class % 32);
  }
}

/* Marks a run in the table. */
static void mark_run(manager_t* manager, uint32_t page, uint32_t length, unsigned state) {
  page_t* begin = &manager->pages[page];
  page_t* end = &manager->pages[page + length - 1];
  end->state = state == FREE_RUN ? FREE_END : INSIDE;
  end->length = length & (MAX_PAGES - 1);
  begin->state = state & 3U; /* after the end, which may be the same page */
  begin->length = length & (MAX_PAGES - 1);
}

static void add_free_run(manager_t* manager, uint32_t page, uint32_t length) {
  mark_run(manager, page, length, FREE_RUN);
  list_run(manager, page);
}

static uint32_t first_occupied(const manager_t* manager, uint32_t class) {
  for (uint32_t word = class / 32; word < NUM_CLASSES / 32; word++) {
    uint32_t bits = manager->occupied[word];
    if (word == class / 32) {
      bits &= UINT32_MAX << class % 32;
    }
    if (bits != 0) {
      uint32_t bit = 0;
      while ((bits >> bit & 1U) == 0) {
        bit++;
      }
      return word * 32 + bit;
    }
  }
  return NO_PAGE;
}

/* A free run of at least that length. The last resort are runs of its own class, of which only some are long enough. */
static uint32_t find_run(const manager_t* manager, uint32_t length) {
  uint32_t class = first_occupied(manager, class_for(length));
  if (class != NO_PAGE) {
    return manager->heads[class];
  }
  uint32_t page = manager->heads[class_of(length)];
  while (page != NO_PAGE && manager->pages[page].length < length) {
    page = manager->pages[page].next;
  }
  return page;
}

static tvm_crt_error_t allocate(MemoryManagerInterface* interface, size_t num_bytes, DLDevice dev, void** out_ptr) {
  manager_t* manager = (manager_t*)(void*)interface;
  (void)dev;
  if (manager == NULL || out_ptr == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *out_ptr = NULL;
  if (num_bytes > (size_t)manager->num_pages << manager->page_bytes_log2) {
    return kTvmErrorPlatformNoMemory;
  }
  uint32_t length = num_bytes == 0 ? 1 : (uint32_t)((num_bytes - 1) >> manager->page_bytes_log2) + 1;
  uint32_t page = find_run(manager, length);
  if (page == NO_PAGE) {
    return kTvmErrorPlatformNoMemory;
  }
  uint32_t found = manager->pages[page].length;
  unlist_run(manager, page);
  mark_run(manager, page, found, USED_RUN); /* the run's end is no longer the end of a free one */
  mark_run(manager, page, length, USED_RUN);
  if (found > length) {
    add_free_run(manager, page + length, found - length);
  }
  interface->vleak_size++;
  *out_ptr = manager->data + ((size_t)page << manager->page_bytes_log2);
  return kTvmErrorNoError;
}

/* The page of a block that is allocated, or NO_PAGE. */
static uint32_t page_of_block(const manager_t* manager, const void* ptr) {
  uintptr_t address = (uintptr_t)ptr;
  uintptr_t begin = (uintptr_t)manager->data;
  if (address < begin || (address - begin) >> manager->page_bytes_log2 >= manager->num_pages ||
      ((address - begin) & (((uintptr_t)1 << manager->page_bytes_log2) - 1)) != 0) {
    return NO_PAGE;
  }
  uint32_t page = (uint32_t)((address - begin) >> manager->page_bytes_log2);
  return manager->pages[page].state == USED_RUN ? page : NO_PAGE;
}

static tvm_crt_error_t release(MemoryManagerInterface* interface, void* ptr, DLDevice dev) {
  manager_t* manager = (manager_t*)(void*)interface;
  (void)dev;
  if (manager == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  uint32_t page = page_of_block(manager, ptr);
  if (page == NO_PAGE) {
    return kTvmErrorPlatformBadFree;
  }
  uint32_t length = manager->pages[page].length;
  uint32_t behind = page + length;
  manager->pages[page].state = INSIDE;
  if (behind < manager->num_pages && manager->pages[behind].state == FREE_RUN) {
    length += manager->pages[behind].length;
    unlist_run(manager, behind);
    manager->pages[behind].state = INSIDE;
  }
  if (page > 0) {
    const page_t* before = &manager->pages[page - 1];
    if (before->state == FREE_END || (before->state == FREE_RUN && before->length == 1)) {
      page -= before->length;
      length += manager->pages[page].length;
      unlist_run(manager, page);
      manager->pages[page + manager->pages[page].length - 1].state = INSIDE;
    }
  }
  add_free_run(manager, page, length);
  interface->vleak_size--;
  return kTvmErrorNoError;
}

/* Bytes of a manager with that many pages. */
static size_t manager_bytes(size_t num_pages) { return offsetof(manager_t, pages) + num_pages * sizeof(page_t); }

tvm_crt_error_t PageMemoryManagerCreate(MemoryManagerInterface** manager, uint8_t* memory_pool,
                                        size_t memory_pool_size_bytes, size_t page_size_bytes_log2) {
  if (manager == NULL || memory_pool == NULL || page_size_bytes_log2 < 4 || page_size_bytes_log2 > 30) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *manager = NULL;
  size_t page_bytes = (size_t)1 << page_size_bytes_log2;
  size_t alignment = page_bytes < MAX_ALIGNMENT ? page_bytes : MAX_ALIGNMENT;
  size_t skipped = (alignment - (uintptr_t)memory_pool % alignment) % alignment;
  if (memory_pool_size_bytes < skipped || memory_pool_size_bytes - skipped < manager_bytes(1) + alignment + page_bytes) {
    return kTvmErrorPlatformNoMemory;
  }
  size_t size = memory_pool_size_bytes - skipped;
  size_t num_pages = (size - offsetof(manager_t, pages) - alignment) / (page_bytes + sizeof(page_t));
  if (num_pages >= MAX_PAGES) {
    num_pages = MAX_PAGES - 1;
  }
  if (num_pages == 0) {
    return kTvmErrorPlatformNoMemory;
  }
  manager_t* created = (manager_t*)(void*)(memory_pool + skipped);
  size_t data_at = (manager_bytes(num_pages) + alignment - 1) / alignment * alignment;
  memset(created, 0, manager_bytes(num_pages));
  created->interface.Allocate = allocate;
  created->interface.Free = release;
  created->data = (uint8_t*)created + data_at;
  created->num_pages = (uint32_t)num_pages;
  created->page_bytes_log2 = (uint32_t)page_size_bytes_log2;
  for (uint32_t i = 0; i < NUM_CLASSES; i++) {
    created->heads[i] = NO_PAGE;
  }
  add_free_run(created, 0, (uint32_t)num_pages);
  *manager = &created->interface;
  return kTvmErrorNoError;
}
