#!/usr/bin/env python3
"""Writes the example seating plans beside this file.

Same output on every run. The format is pretix's seating-plan JSON with the extra members that
crates/catalog/src/pretix_plan.rs describes. README.md says which facts are public and which are not.

Angles are measured at the stage: 0 looks straight into the audience (down on the map), positive to the right.
Lengths are the plan's units; a seat is 24 wide, half a metre.
"""

import json
import math
from pathlib import Path

SEAT = 24
HERE = Path(__file__).parent


class Hall:
    """A plan under construction."""

    def __init__(self, name, center, size, categories):
        self.name, self.center, self.size = name, center, size
        self.categories = categories
        self.zones, self.rows, self.spots = [], [], []

    def at(self, radius, angle):
        return self.center[0] + radius * math.sin(angle), self.center[1] + radius * math.cos(angle)

    def zone(self, name, radius, angle):
        x, y = (round(value) for value in self.at(radius, angle))
        zone = {"name": name, "position": {"x": x, "y": y}, "rows": []}
        self.zones.append(zone)
        return zone

    def row(self, zone, guid, number, radius, groups, category, value, accessible=0):
        """Adds a curved row. `groups` are runs of seats as (middle angle, count), with an aisle between runs.

        `value` orders the rows: the smallest is the best. The last `accessible` seats are for wheelchairs.
        """
        angles = []
        for middle, count in groups:
            first = middle - (count - 1) / 2 * SEAT / radius
            angles += [first + index * SEAT / radius for index in range(count)]
        seats = []
        for index, angle in enumerate(angles, start=1):
            x, y = self.at(radius, angle)
            self.spots.append((x, y))
            place = {"x": round(x - zone["position"]["x"], 1), "y": round(y - zone["position"]["y"], 1)}
            seat = {
                "seat_guid": f"{guid}-{number}-{index}",
                "seat_number": str(index),
                "position": place,
                "category": category,
            }
            if index > len(angles) - accessible:
                seat["accessible"] = True
            seats.append(seat)
        row = {"row_number": str(number), "seats": seats}
        zone["rows"].append(row)
        names = [entry["name"] for entry in self.categories]
        self.rows.append((names.index(category), value, row))
        return len(seats)

    def decorate(self, areas):
        self.zones.append({"position": {"x": self.center[0], "y": self.center[1]}, "rows": [], "areas": areas})

    def write(self, file):
        # Best first: the dearer category, then the better value; the file keeps the order of the blocks.
        for rank, (_, _, row) in enumerate(sorted(self.rows, key=lambda entry: entry[:2]), start=1):
            row["rank"] = rank
        self.check()
        plan = {
            "name": self.name,
            "size": {"width": self.size[0], "height": self.size[1]},
            "categories": self.categories,
            "zones": self.zones,
        }
        text = json.dumps(plan, ensure_ascii=False, separators=(",", ":"))
        (HERE / file).write_text(text + "\n", encoding="utf-8")
        print(f"{file}: {len(self.spots)} seats, {len(text)} bytes")

    def check(self):
        """No two seats on one spot, none outside the map."""
        cells = {}
        for x, y in self.spots:
            assert 0 < x < self.size[0] and 0 < y < self.size[1], (x, y)
            cell = (int(x // SEAT), int(y // SEAT))
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    for other in cells.get((cell[0] + dx, cell[1] + dy), ()):
                        assert math.dist(other, (x, y)) > SEAT - 2, (other, (x, y))
            cells.setdefault(cell, []).append((x, y))


def fits(radius, width, aisle):
    """How many seats fit on an arc of this angle, less the aisle."""
    return int((radius * width - aisle) // SEAT)


def rectangle(x, y, width, height, color, text, onsale=None):
    area = {
        "shape": "rectangle",
        "position": {"x": x, "y": y},
        "rectangle": {"width": width, "height": height},
        "color": color,
        "border_color": "#555555",
        "text": {"text": text, "position": {"x": width / 2, "y": height / 2}},
    }
    if onsale:
        area["onsale"] = onsale
    return area


def olympic_gymnastics_arena():
    """Seoul: a round hall; a stage at one end, standing places on the floor, two tiers on three quarters."""
    categories = [
        {"name": "Standing", "color": "#d55e00"},
        {"name": "R", "color": "#cc79a7"},
        {"name": "S", "color": "#0072b2"},
        {"name": "A", "color": "#009e73"},
        {"name": "B", "color": "#e69f00"},
    ]
    hall = Hall("Olympic Gymnastics Arena, Seoul: stage at one end", (2746, 1990), (5492, 4736), categories)
    stage_front = (hall.center[0], hall.center[1] - 800)
    tiers = [
        # first block, blocks, rows, radius of the first row, category of the front rows and of the others
        (101, 18, 16, 1250, ("R", "S")),
        (201, 27, 18, 1980, ("A", "B")),
    ]
    worse = {"R": "S", "S": "A", "A": "B", "B": "B"}
    with_wheelchairs = {104, 108, 111, 115}
    for first_block, blocks, rows, first_radius, (front, back) in tiers:
        width = math.radians(270) / blocks
        for index in range(blocks):
            block = first_block + index
            angle = -math.radians(135) + (index + 0.5) * width
            zone = hall.zone(str(block), first_radius, angle)
            for number in range(1, rows + 1):
                radius = first_radius + (number - 1) * 38
                category = front if number <= rows // 2 else back
                if abs(angle) > math.radians(105):
                    category = worse[category]
                distance = math.dist(stage_front, hall.at(radius, angle))
                value = distance * (1 + 0.5 * abs(angle) / math.pi)
                accessible = 6 if block in with_wheelchairs and number == rows else 0
                seats = [(angle, fits(radius, width, 60))]
                hall.row(zone, block, number, radius, seats, category, value, accessible)
    standing = {"capacity": 1300, "category": "Standing"}
    hall.decorate([
        rectangle(-700, -1150, 1400, 350, "#333333", "Stage"),
        rectangle(-80, -800, 160, 520, "#333333", ""),
        {"shape": "circle", "position": {"x": 0, "y": -180}, "circle": {"radius": 140}, "color": "#333333"},
        rectangle(-900, -720, 780, 1280, "#f5c9ad", "Standing A", {**standing, "name": "Standing A"}),
        rectangle(120, -720, 780, 1280, "#f5c9ad", "Standing B", {**standing, "name": "Standing B"}),
    ])
    hall.write("olympic-gymnastics-arena.json")


def seoul_arts_center():
    """Seoul: a fan of three levels in front of the stage, boxes at the sides, choir seats behind it."""
    categories = [
        {"name": "R", "color": "#cc79a7"},
        {"name": "S", "color": "#0072b2"},
        {"name": "A", "color": "#009e73"},
        {"name": "B", "color": "#e69f00"},
        {"name": "C (choir)", "color": "#56b4e9"},
    ]
    total, choir = 2523, 274
    hall = Hall("Seoul Arts Center Concert Hall", (1500, 860), (3000, 2740), categories)
    half = math.radians(52)
    width = 2 * half / 5
    middles = {block: -half + (index + 0.5) * width for index, block in enumerate("ABCDE")}

    def level(floor, number, radius, zones, counts, category_of, accessible):
        for block, count in counts.items():
            angle = middles[block]
            value = radius * (1 + abs(angle))
            if count:
                wheelchairs = accessible.get((block, number), 0)
                category = category_of(block)
                runs = [(angle, count)]
                hall.row(zones[block], f"{floor}{block}", number, radius, runs, category, value, wheelchairs)

    def zones(floor, radius):
        return {block: hall.zone(f"{floor}F block {block}", radius, angle) for block, angle in middles.items()}

    first = zones(1, 460)
    for number in range(1, 21):
        radius = 460 + (number - 1) * 36
        counts = dict.fromkeys("ABCDE", fits(radius, width, 30))
        level(1, number, radius, first, counts, lambda block: "R" if block in "BCD" else "S", {("C", 20): 16})
    second = zones(2, 1270)
    for number in range(1, 7):
        radius = 1270 + (number - 1) * 38
        counts = dict.fromkeys("ABCDE", fits(radius, width, 30))
        level(2, number, radius, second, counts, lambda block: "S" if block in "BCD" else "A", {("A", 6): 13})
    for index in range(12):
        side = -1 if index < 6 else 1
        angle = side * math.radians(60 + index % 6 * 8)
        zone = hall.zone(f"2F box {index + 1}", 1000, angle)
        for number in (1, 2):
            hall.row(zone, f"X{index + 1}", number, 1000 + (number - 1) * 36, [(angle, 4)], "S", 1500 + abs(angle))
    third = zones(3, 1570)
    number = 0
    while (left := total - choir - len(hall.spots)) > 0:
        number += 1
        radius = 1570 + (number - 1) * 38
        counts = dict.fromkeys("ABCDE", fits(radius, width, 30))
        shorten(counts, left, ["AE", "BD", "C"])
        level(3, number, radius, third, counts, lambda block: "A" if block in "BCD" else "B", {})
    choir_rows(hall, choir)
    assert len(hall.spots) == total
    hall.decorate([rectangle(-300, -320, 600, 590, "#8d6e4f", "Stage")])
    hall.write("seoul-arts-center-concert-hall.json")


def choir_rows(hall, choir):
    """Behind the stage: rows in three runs with two aisles, eight at most."""
    zone = hall.zone("Choir", 470, math.pi)
    run = math.radians(27)
    number, seated = 0, 0
    while seated < choir:
        number += 1
        radius = 470 + (number - 1) * 36
        counts = dict.fromkeys("LMR", fits(radius, run, 24))
        shorten(counts, choir - seated, ["LR", "M"])
        runs = [(math.pi + offset * run, counts[name]) for offset, name in ((-1, "L"), (0, "M"), (1, "R"))]
        runs = [entry for entry in runs if entry[1]]
        seated += hall.row(zone, "H", number, radius, runs, "C (choir)", radius)


def shorten(counts, limit, order):
    """Takes seats away, from the outer blocks first, until no more than `limit` are left."""
    for blocks in order:
        turn = 0
        while sum(counts.values()) > limit and any(counts[block] for block in blocks):
            block = blocks[turn % len(blocks)]
            counts[block] = max(0, counts[block] - 1)
            turn += 1


if __name__ == "__main__":
    olympic_gymnastics_arena()
    seoul_arts_center()
