#include <stdint.h>

int twice(int32_t n) { return 2 * n; }
