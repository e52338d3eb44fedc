/* A C program that loads a shared library of Go. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    void *lib = dlopen(argv[1], RTLD_NOW);
    if (lib == NULL) {
        puts(dlerror());
        return 1;
    }
    int (*add)(int, int) = (int (*)(int, int))dlsym(lib, "Add");
    printf("%d\n", add(1, 2));
    return 0;
}
