/* The limit of one core for what 128-bit WASM SIMD can do: multiply, then add (WASM has no fused multiply-add).
   cc -O3 -mavx -mno-fma -ffp-contract=off probe.c (AVX only for three-operand 128-bit instructions, as engines emit them).
   For every number of seconds on standard input it prints the seconds of samples of 2^24 multiply-adds of four f32. */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

#define ACCUMULATORS 12
#define ROUNDS (1L << 24) / ACCUMULATORS

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float work(void) {
  __m128 a[ACCUMULATORS], x = _mm_set1_ps(1e-3f), y = _mm_set1_ps(1e-3f);
  for (int i = 0; i < ACCUMULATORS; i++) a[i] = _mm_setzero_ps();
  for (long r = 0; r < ROUNDS; r++) {
#pragma GCC unroll 12
    for (int i = 0; i < ACCUMULATORS; i++) {
      /* x may have changed: every product is made anew. */
      __asm__ volatile("" : "+x"(x));
      a[i] = _mm_add_ps(a[i], _mm_mul_ps(x, y));
    }
  }
  for (int i = 1; i < ACCUMULATORS; i++) a[0] = _mm_add_ps(a[0], a[i]);
  return _mm_cvtss_f32(a[0]);
}

int main(void) {
  double seconds;
  volatile float sink;
  while (scanf("%lf", &seconds) == 1) {
    double until = now() + seconds;
    printf("[");
    for (int first = 1; first || now() < until; first = 0) {
      double start = now();
      sink = work();
      printf("%s%.9f", first ? "" : ",", now() - start);
    }
    printf("]\n");
    fflush(stdout);
  }
  (void)sink;
  return 0;
}
