// Package pipeline has no code of its own: its tests measure the path of a
// picture, from the service through memory to a platform, against what everybody
// writes with the platforms' libraries and against the least that it can cost.
// It is a package so that the process that is measured does nothing else.
package pipeline
