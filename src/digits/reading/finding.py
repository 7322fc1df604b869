"""STUB until the finder comes."""
from dataclasses import dataclass
import numpy as np
SURE=0.5
@dataclass(frozen=True, eq=False)
class Found:
    corners: np.ndarray
    marks: np.ndarray
    confidence: float
    line: int
def find_numbers(finder, page):
    h,w=page.shape
    return (Found(np.array([(0,0),(w,0),(w,h),(0,h)],float),np.zeros((0,4)),0.9,0),)
