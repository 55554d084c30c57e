-- AlterTable
ALTER TABLE "seal_certificate" ADD COLUMN     "revoked_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "shield_certificate_serial_idx" ON "shield_certificate"("serial");
