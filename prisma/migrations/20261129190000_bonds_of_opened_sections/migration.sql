-- CreateTable
CREATE TABLE "bond_opened" (
    "section_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "sealed" TEXT,

    CONSTRAINT "bond_opened_pkey" PRIMARY KEY ("section_id")
);

-- CreateTable
CREATE TABLE "bond_late" (
    "section_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "bond_late_pkey" PRIMARY KEY ("section_id","id")
);

-- A bond that comes to a section which is open, in the statement that writes it: it stands in no list of what was there before.
CREATE FUNCTION effect_bond_late(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO bond_late (section_id, id, sealed) VALUES (what->>'section_id', what->>'id', what->>'sealed')
$$;
