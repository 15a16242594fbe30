"""Care for responders: blur, exposure, safe words for others, handing over, and who is at work on what."""
