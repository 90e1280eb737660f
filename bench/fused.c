/* The sums of assembly/moments.ts in C: S = sum k and V = sum k x of rows against points, f32 with f64 totals, by the same steps in
   the same order, with 128-bit instructions and no fused multiply-add: what a compiler that orders instructions makes of them.
   cc -O3 -mavx -mno-fma -ffp-contract=off fused.c. For every number of seconds on standard input it prints the seconds of
   passes over ROWS rows, and before them the first S and V of one pass over rows that `value` says. */
#include <immintrin.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define INLINE static inline __attribute__((always_inline))
#define D 20
#define POINTS 100
#define PANELS ((POINTS + 7) / 8)
#define CHUNK 256
#define STRIP 260
#define ROWS (CHUNK * 48)

static float x[ROWS * D + 16], xx[ROWS + 16], panels[PANELS * D * 8], zz[PANELS * 8];
static float packed[STRIP * D] __attribute__((aligned(64))), strip[STRIP * 8] __attribute__((aligned(64)));
static float powers[STRIP * 8] __attribute__((aligned(64)));
static double S[PANELS * 8], V[PANELS * 8 * D];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static inline __m128 madd(__m128 a, __m128 b, __m128 c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }

/* sum over count of x[step * k + r] * z[8 * k ..] for five r and eight columns, or the first four */
INLINE void
tile(const float *x, long step, const float *z, long count, float *out, int half) {
  __m128 a[5], b[5];
  for (int r = 0; r < 5; r++) a[r] = b[r] = _mm_setzero_ps();
  for (long k = 0; k < count; k++, x += step, z += 8) {
    __m128 p = _mm_loadu_ps(z), q = _mm_loadu_ps(z + 4);
#pragma GCC unroll 5
    for (int r = 0; r < 5; r++) {
      __m128 s = _mm_set1_ps(x[r]);
      a[r] = madd(s, p, a[r]);
      if (!half) b[r] = madd(s, q, b[r]);
    }
  }
  for (int r = 0; r < 5; r++) {
    _mm_storeu_ps(out + 8 * r, a[r]);
    if (!half) _mm_storeu_ps(out + 8 * r + 4, b[r]);
  }
}

static void pack(const float *from, float *to) {
  for (int i = 0; i < STRIP; i += 5)
    for (int k = 0; k < D; k++)
      for (int r = 0; r < 5; r++) *to++ = 2 * from[(i + r < CHUNK ? i + r : CHUNK - 1) * D + k];
}

static inline __m128 reduced(__m128 v, __m128 norm, __m128 scale, __m128 *power) {
  const __m128 magic = _mm_set1_ps(12583039.0f);
  v = _mm_castsi128_ps(_mm_max_epi32(_mm_castps_si128(_mm_sub_ps(norm, v)), _mm_setzero_si128()));
  v = _mm_mul_ps(v, scale);
  __m128 s = _mm_add_ps(v, magic);
  *power = _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(s), 23));
  return _mm_sub_ps(v, _mm_sub_ps(s, magic));
}

static inline __m128 raised(__m128 r, __m128 power) {
#define C(c) _mm_set1_ps(c##f)
  __m128 u = _mm_mul_ps(_mm_mul_ps(r, power), madd(_mm_add_ps(r, C(6.06344)), r, C(26.494925)));
  __m128 v = madd(_mm_sub_ps(r, C(2.5335238)), r, C(32.932476));
  __m128 w = madd(r, C(0.0001546309), C(0.0007943985));
  return madd(u, _mm_mul_ps(v, w), power);
}

INLINE void
exponentials(const float *norms, const float *panelNorms, float gamma, double *sums, int half) {
  const __m128 scale = _mm_set1_ps((float)(-gamma * 1.4426950408889634));
  __m128 p = _mm_loadu_ps(panelNorms), q = _mm_loadu_ps(panelNorms + 4), a = _mm_setzero_ps(), b = a, power;
  for (int i = 0; i < CHUNK; i++) {
    __m128 norm = _mm_set1_ps(norms[i]);
    _mm_store_ps(strip + 8 * i, reduced(_mm_load_ps(strip + 8 * i), _mm_add_ps(norm, p), scale, &power));
    _mm_store_ps(powers + 8 * i, power);
    if (half) continue;
    _mm_store_ps(strip + 8 * i + 4, reduced(_mm_load_ps(strip + 8 * i + 4), _mm_add_ps(norm, q), scale, &power));
    _mm_store_ps(powers + 8 * i + 4, power);
  }
  for (int i = 0; i < CHUNK; i++) {
    __m128 u = raised(_mm_load_ps(strip + 8 * i), _mm_load_ps(powers + 8 * i));
    _mm_store_ps(strip + 8 * i, u);
    a = _mm_add_ps(a, u);
    if (half) continue;
    __m128 v = raised(_mm_load_ps(strip + 8 * i + 4), _mm_load_ps(powers + 8 * i + 4));
    _mm_store_ps(strip + 8 * i + 4, v);
    b = _mm_add_ps(b, v);
  }
  float last[8];
  _mm_storeu_ps(last, a);
  _mm_storeu_ps(last + 4, b);
  for (int l = 0; l < 8; l++) sums[l] += last[l];
}

INLINE void panel(long i, long j, float gamma, int half) {
  float sums[40];
  for (long t = 0; t < STRIP / 5; t++) tile(packed + t * 5 * D, 5, panels + j * D * 8, D, strip + t * 40, half);
  exponentials(xx + i, zz + j * 8, gamma, S + j * 8, half);
  for (int k = 0; k < D; k += 5) {
    tile(x + i * D + k, D, strip, CHUNK, sums, half);
    for (int c = 0; c < 5; c++)
      for (int l = 0; l < (half ? 4 : 8); l++) V[(j * D + k + c) * 8 + l] += sums[c * 8 + l];
  }
}

static void moments(float gamma) {
  for (long i = 0; i < ROWS; i += CHUNK) {
    pack(x + i * D, packed);
    for (long j = 0; j < PANELS; j++)
      if (POINTS - j * 8 <= 4) panel(i, j, gamma, 1);
      else panel(i, j, gamma, 0);
  }
}

static float value(int i, int k) { return (float)((i * 7 + k * 13 + i * k) % 97) / 48.5f - 1; }

int main(void) {
  for (int i = 0; i < ROWS; i++)
    for (int k = 0; k < D; k++) xx[i] += (x[i * D + k] = value(i, k)) * x[i * D + k];
  for (int j = 0; j < POINTS; j++)
    for (int k = 0; k < D; k++) {
      float z = value(j + 31, k);
      panels[(j / 8 * D + k) * 8 + j % 8] = z;
      zz[j] += z * z;
    }
  float gamma = 1.0f / (4 * D);
  moments(gamma);
  printf("{\"S\":%.17g,\"V\":%.17g,\"rows\":%d}\n", S[0], V[0], ROWS);
  fflush(stdout);
  double seconds;
  while (scanf("%lf", &seconds) == 1) {
    double until = now() + seconds;
    printf("[");
    for (int first = 1; first || now() < until; first = 0) {
      double start = now();
      moments(gamma);
      printf("%s%.9f", first ? "" : ",", now() - start);
    }
    printf("]\n");
    fflush(stdout);
  }
  return 0;
}
