"""GrabCut and SIOX: their time and error, from boxes and strokes, in good and bad light."""
