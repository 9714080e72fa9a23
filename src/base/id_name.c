/* SPDX-License-Identifier: Apache-2.0 */
/* Names for containers nobody named: a mood and somebody who found something out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "id.h"

static const char *const moods[] = { "agile", "airy", "amber", "apt", "bold", "brave", "breezy",
	"bright", "brisk", "calm", "candid", "clear", "clever", "cordial", "crisp", "curious",
	"dapper", "deft", "eager", "earnest", "fair", "fearless", "fluent", "frank", "frugal",
	"gentle", "glad", "graceful", "hardy", "honest", "humble", "jolly", "keen", "kind", "light",
	"lively", "lucid", "merry", "mild", "modest", "neat", "nimble", "patient", "placid",
	"plucky", "polite", "prompt", "proud", "quick", "quiet", "ready", "robust", "serene",
	"sharp", "sober", "solid", "spry", "steady", "sunny", "swift", "tidy", "true", "vivid",
	"warm", "wise", "witty", "zesty" };

static const char *const people[] = { "abel", "ampere", "archimedes", "babbage", "bardeen",
	"bernoulli", "bohr", "boole", "bose", "brahe", "carson", "cauchy", "cavendish", "cerf",
	"church", "copernicus", "coulomb", "curie", "darwin", "descartes", "dijkstra", "dirac",
	"einstein", "euclid", "euler", "faraday", "fermat", "fermi", "feynman", "fourier",
	"franklin", "galileo", "galois", "gauss", "germain", "goedel", "goodall", "hamilton",
	"hawking", "heisenberg", "hertz", "hilbert", "hopper", "hubble", "huygens", "hypatia",
	"joule", "kepler", "khwarizmi", "knuth", "kovalevskaya", "lamarr", "laplace", "leibniz",
	"liskov", "lovelace", "maxwell", "meitner", "mendel", "mendeleev", "napier", "neumann",
	"newton", "noether", "ohm", "pascal", "pasteur", "planck", "poincare", "ptolemy", "raman",
	"ramanujan", "riemann", "ritchie", "rutherford", "shannon", "tesla", "thompson", "torvalds",
	"turing", "volta", "watt", "wu" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

void id_name(char *out, size_t size, int retry)
{
	uint32_t r[2];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	int n = snprintf(
		out, size, "%s_%s", moods[r[0] % COUNT(moods)], people[r[1] % COUNT(people)]);
	if (retry > 0 && n < (int)size)
		snprintf(out + n, size - (size_t)n, "%u", (r[0] >> 16) % 10);
}
