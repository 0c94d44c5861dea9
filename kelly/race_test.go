//go:build race

package kelly

const raceDetector = true
