-- By hand: what the schema cannot say. A section's page asks for its 4096 places at once, each in the index of all; as octets they are compared a third faster than in the order of a language, and nobody reads them in any order.
ALTER TABLE "bond" ALTER COLUMN "place_tag" TYPE TEXT COLLATE "C";
ALTER TABLE "guarantee" ALTER COLUMN "place_tag" TYPE TEXT COLLATE "C", ALTER COLUMN "due_tag" TYPE TEXT COLLATE "C";
-- A bond changes some five times after it counts, in no column that an index holds: with room on its page, none of the five indexes is written anew.
ALTER TABLE "bond" SET (fillfactor = 80);
