// Package curve says how hot a kiln should be at each minute of a firing.
package curve

// Segment is one leg of a firing: so many degrees an hour up to Target, then Hold minutes there.
type Segment struct {
	Rate   float64
	Target float64
	Hold   int
}

// Curve is a whole firing.
type Curve []Segment

// Bisque is the first firing of a pot.
var Bisque = Curve{
	{Rate: 120, Target: 600, Hold: 30},
	{Rate: 240, Target: 1000, Hold: 10},
}

// Room is where every firing begins, in degrees Celsius.
const Room = 20.0

// At returns the temperature that is wanted after so many minutes, and whether the firing is over by then.
func (c Curve) At(minute int) (float64, bool) {
	from, left := Room, float64(minute)
	for _, segment := range c {
		climb := (segment.Target - from) / segment.Rate * 60
		if left < climb {
			return from + left*segment.Rate/60, false // break: curve
		}
		left -= climb
		if left < float64(segment.Hold) {
			return segment.Target, false
		}
		left -= float64(segment.Hold)
		from = segment.Target
	}
	return from, true
}
