#include <stdio.h>

int main(void) {
    int total = 48; /* LINE */
    printf("%d\n", total);
    return 0;
}
