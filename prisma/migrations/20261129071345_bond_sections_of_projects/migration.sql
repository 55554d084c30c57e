-- AlterTable
ALTER TABLE "bond_section" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT '';

-- CreateIndex
CREATE INDEX "bond_project_center_id_idx" ON "bond_project"("center", "id");

-- CreateIndex
CREATE INDEX "bond_section_project_id_id_idx" ON "bond_section"("project_id", "id");
-- A section at its version (0: a new one).
CREATE FUNCTION effect_section(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
BEGIN
  SELECT * INTO s FROM jsonb_to_record(what) AS q(id text, project_id text, center text, version int, opens_at timestamptz, body text);
  IF s.version = 0 THEN
    INSERT INTO bond_section (id, project_id, center, version, opens_at, body) VALUES (s.id, s.project_id, s.center, 1, s.opens_at, s.body);
    RETURN;
  END IF;
  UPDATE bond_section SET version = version + 1, opens_at = s.opens_at, body = s.body WHERE id = s.id AND version = s.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
  END IF;
END
$$;
