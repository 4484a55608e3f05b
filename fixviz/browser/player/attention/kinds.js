/* The kinds of attention that the browser computes. A further kind needs an entry here, and a kernel where it needs
   another loop.

   - `mapFeatures(values, start, count)`: apply the feature map to `count` numbers of an array from `start` on.
   - `noScore`: the score of a key that must get the weight 0.
   - `weigh(workspace, lines, end, lineBytes, width)`: turn the products q . k between two addresses, lines of
     `lineBytes` bytes each, into weights that sum to 1, in place; `width` is the number of channels of a head.
   - `epsilon`: what the network adds to the normalizer of its weights; the weights here leave it out.
   - `bySums`: the products are the unnormalized weights, so that the attention received follows in O(N d) from sums
     over the tokens; otherwise it takes the rows of all queries. */

export const KINDS = {
  softmax: {
    mapFeatures: () => {},
    noScore: -1e30,
    weigh({ exponentials, normalize }, lines, end, lineBytes, width) {
      exponentials(lines, end, lineBytes, 1 / Math.sqrt(width));
      normalize(lines, end, lineBytes);
    },
    epsilon: 0,
    bySums: false,
  },
  // relu(x) + 1 / sqrt(d)
  linear: {
    mapFeatures(values, start, count) {
      const lift = count ** -0.5;
      for (let i = start; i < start + count; i++) values[i] = Math.max(values[i], 0) + lift;
    },
    noScore: 0,
    weigh({ normalize }, lines, end, lineBytes) {
      normalize(lines, end, lineBytes);
    },
    epsilon: 1e-6,
    bySums: true,
  },
};
