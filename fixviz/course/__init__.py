"""The course: lessons whose texts are data, with the numbers and arrays that their figures need."""
